// Makes docs/conformance.md of the annotations in tests/suite and the results of a test run.
//
//   node tests/conformance.mjs LOG           writes it
//   node tests/conformance.mjs --check LOG   fails where it is not what LOG says
//
// LOG is what `cargo test` printed. An annotation is a doc comment right above a test:
//
//   /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-response-type-missing
//
// in brackets the plans, then the sections that it proves, then, after the dot, the public modules
// of the OpenID Foundation that ask the same, or the row of attacks that it is.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const suite = join(here, 'suite');
const page = join(here, '..', 'docs', 'conformance.md');
const FUNCTION = /^\s*(?:pub )?(?:async )?fn ([a-z0-9_]+)/;
const ANNOTATION = /^\s*\/\/\/ \[([^\]]+)\] (.+)$/;

/** The plans in the order of the page, and what each says of itself. */
const plans = new Map([
  ['Basic OP', 'OpenID Connect Core: the code flow. Plan `oidcc-basic-certification-test-plan`.'],
  ['Config OP', 'OpenID Connect Discovery. Plan `oidcc-config-certification-test-plan`.'],
  ['Form Post OP', 'The same as Basic OP with `response_mode=form_post`. Plan `oidcc-formpost-basic-certification-test-plan`.'],
  ['Dynamic OP', 'Dynamic Client Registration, here with an initial access token. Plan `oidcc-dynamic-certification-test-plan`.'],
  ['RP-Initiated Logout OP', 'Plan `oidcc-rp-initiated-logout-certification-test-plan`.'],
  ['Back-Channel Logout OP', 'Plan `oidcc-backchannel-rp-initiated-logout-certification-test-plan`.'],
  ['FAPI 2.0', 'FAPI 2.0 Security Profile with `private_key_jwt` and DPoP. Plan `fapi2-security-profile-final-test-plan`, unsigned requests, plain responses, OpenID Connect.'],
  ['Attacks', 'What others fell to: each row of our own list of attacks.'],
]);

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith('.rs')) yield path;
  }
}

/** The name that the test harness gives to the tests of a file. */
function module(path) {
  const parts = relative(suite, path).replace(/\.rs$/, '').split(sep);
  if (parts.at(-1) === 'mod') parts.pop();
  return parts.join('::');
}

/** Every annotated test, in the order of its file. */
function annotated() {
  const found = [];
  for (const path of [...sources(suite)].sort()) {
    let waiting = [];
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const annotation = ANNOTATION.exec(line);
      const name = FUNCTION.exec(line)?.[1];
      if (annotation) waiting.push(annotation);
      else if (name) {
        for (const [, of, rest] of waiting) {
          const [sections, asked = ''] = rest.split(' · ');
          for (const plan of of.split(', ')) {
            if (!plans.has(plan)) throw new Error(`${path}: there is no plan ${plan}`);
            found.push({ plan, sections, asked, name, test: `${module(path)}::${name}` });
          }
        }
        waiting = [];
      }
    }
    if (waiting.length > 0) throw new Error(`${path}: an annotation belongs to no test`);
  }
  return found;
}

/** The result of each test in a log. */
function results(log) {
  const all = new Map();
  for (const [, name, result] of log.matchAll(/^test (\S+)(?: - should panic)? \.\.\. (\w+)/gm)) {
    all.set(name, result);
  }
  return all;
}

/** What became of a test, all its variants together; of one plan those of its mode. */
function outcome({ plan, test }, all) {
  const variants = [...all].filter(([name]) => name === test || name.startsWith(`${test}::`));
  const mode = { 'Basic OP': 'query', 'Form Post OP': 'form_post' }[plan];
  const modes = variants.filter(([name]) => /::(query|form_post)$/.test(name));
  const counted = modes.length > 0 && mode ? modes.filter(([name]) => name.endsWith(`::${mode}`)) : variants;
  if (counted.length === 0) return 'not run';
  return counted.every(([, result]) => result === 'ok') ? 'passed' : 'failed';
}

const words = (name) => name.replaceAll('_', ' ');

function render(tests, all) {
  const lines = [
    '# Conformance',
    '',
    'What a certification run of the OpenID Foundation asks, and our own list of attacks, requirement by requirement. Made by `tests/conformance.mjs` of the tests and their results in `tests/all`; do not edit.',
    '',
    'The tests are our own, modelled on the public test plans; a run of the Foundation\'s suite itself has not been made. Its modules are named where one asks the same.',
    '',
    '| plan | requirements | passed |',
    '|---|---|---|',
  ];
  const sections = [];
  for (const [plan, about] of plans) {
    const rows = tests.filter((test) => test.plan === plan);
    if (rows.length === 0) continue;
    const passed = rows.filter((row) => outcome(row, all) === 'passed').length;
    lines.push(`| ${plan} | ${rows.length} | ${passed} |`);
    const attacks = plan === 'Attacks';
    sections.push('', `## ${plan}`, '', about, '');
    sections.push(attacks ? '| attack | section | test | result |' : '| section | requirement | module | result |');
    sections.push('|---|---|---|---|');
    for (const row of rows) {
      const cells = attacks
        ? [row.asked, row.sections, `\`${row.test}\``, outcome(row, all)]
        : [row.sections, words(row.name), row.asked, outcome(row, all)];
      sections.push(`| ${cells.join(' | ')} |`);
    }
  }
  return [...lines, ...sections, ''].join('\n');
}

const check = process.argv[2] === '--check';
const log = process.argv[check ? 3 : 2];
if (!log) {
  console.error('usage: node tests/conformance.mjs [--check] LOG');
  process.exit(2);
}
const text = render(annotated(), results(readFileSync(log, 'utf8')));
if (!check) {
  writeFileSync(page, text);
} else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/conformance.md is not what the tests say: node tests/conformance.mjs LOG');
  const [is, should] = [readFileSync(page, 'utf8'), text].map((it) => it.split('\n'));
  for (const line of should.filter((line) => !is.includes(line))) console.error(`+ ${line}`);
  for (const line of is.filter((line) => !should.includes(line))) console.error(`- ${line}`);
  process.exit(1);
} else {
  console.log('docs/conformance.md is what the tests say');
}
