#!/usr/bin/env node
// Brings what is new into models.tsv, from lists that others keep:
//
//   node refresh.mjs [--to FILE] [--overwrite] [--as KIND] SOURCE…
//
// A SOURCE is a file or an address with
// - aaguid.json or combined_aaguid.json of passkeydeveloper/passkey-authenticator-aaguids, whose models
//   are taken to be KIND (synced, securityKey or platform; without --as, synced), or
// - the file of the FIDO Metadata Service (https://mds3.fidoalliance.org/), as it is or unpacked. Its
//   signature is not checked here: names prove nothing. For whom to trust, see
//   `firstkey attestation-root import`.
//
// Names that are in the table stay as they are, unless --overwrite says otherwise: they are shorter
// than the makers' own.

import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

const KINDS = ["platform", "synced", "securityKey"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NOBODY = "00000000-0000-0000-0000-000000000000";
const NAME_MAX = 50;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: "string" },
    as: { type: "string", default: "synced" },
    overwrite: { type: "boolean", default: false },
  },
});

function fail(message) {
  console.error(`refresh.mjs: ${message}`);
  process.exit(1);
}

if (positionals.length === 0) fail("name a file or an address");
if (!KINDS.includes(values.as)) fail(`--as takes ${KINDS.join(", ")}`);

/** A name as the table has it: one line, short, cut between words. */
function tidy(name) {
  const plain = String(name ?? "").replace(/[\p{C}\s]+/gu, " ").trim();
  if (plain.length <= NAME_MAX) return plain;
  return plain.slice(0, NAME_MAX + 1).replace(/\s+\S*$/, "").slice(0, NAME_MAX);
}

/** What a maker says of how an authenticator is reached. */
function kindOf(statement) {
  const hints = statement.attachmentHint ?? [];
  return hints.includes("internal") && !hints.includes("external") ? "platform" : "securityKey";
}

/** The rows of a source: id, kind, name. */
function rowsOf(text, source) {
  let document;
  try {
    const parts = text.trim().split(".");
    const isToken = parts.length === 3 && !text.trim().startsWith("{");
    document = JSON.parse(isToken ? Buffer.from(parts[1], "base64url").toString("utf8") : text);
  } catch {
    return fail(`${source} is neither JSON nor a JWT`);
  }
  if (Array.isArray(document.entries)) {
    return document.entries
      .filter((entry) => entry.aaguid && entry.metadataStatement)
      .map(({ aaguid, metadataStatement: it }) => [aaguid, kindOf(it), it.description]);
  }
  return Object.entries(document).map(([aaguid, it]) => [aaguid, values.as, it?.name]);
}

async function fetched(source) {
  if (!/^https?:/.test(source)) return readFile(source, "utf8");
  const answer = await fetch(source);
  return answer.ok ? answer.text() : fail(`${source} answers ${answer.status}`);
}

const table = new URL("models.tsv", import.meta.url);
const lines = (await readFile(table, "utf8")).split("\n").filter(Boolean);
const models = new Map(lines.map((line) => line.split("\t")).map(([id, kind, name]) => [id, { kind, name }]));
let added = 0;
let changed = 0;
for (const source of positionals) {
  for (const [id, kind, called] of rowsOf(await fetched(source), source)) {
    const aaguid = String(id).toLowerCase();
    const name = tidy(called);
    if (!UUID.test(aaguid) || aaguid === NOBODY || name.length < 4) continue;
    const known = models.get(aaguid);
    if (!known) added += 1;
    else if (!values.overwrite || known.name === name) continue;
    else changed += 1;
    models.set(aaguid, { kind: known?.kind ?? kind, name });
  }
}
const rows = [...models].sort(([one], [other]) => (one < other ? -1 : 1));
await writeFile(values.to ?? table, rows.map(([id, { kind, name }]) => `${id}\t${kind}\t${name}\n`).join(""));
console.log(`${models.size} models: ${added} added, ${changed} renamed`);
