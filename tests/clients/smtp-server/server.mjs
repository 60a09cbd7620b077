// A mail server on a free port. Says on standard output, a line of JSON each, where it listens and
// what it is given. Turns away the first tries where it is told to, and for good whoever is called
// nobody. Ends with its standard input.

import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

let turnAway = Number(process.argv[2] ?? 0);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  onRcptTo(address, session, done) {
    if (turnAway > 0) {
      turnAway -= 1;
      say({ turnedAway: address.address });
      return done(Object.assign(new Error("try again later"), { responseCode: 451 }));
    }
    if (address.address.startsWith("nobody@")) {
      return done(Object.assign(new Error("there is nobody"), { responseCode: 550 }));
    }
    return done();
  },
  async onData(stream, session, done) {
    const mail = await simpleParser(stream);
    say({
      to: session.envelope.rcptTo.map((recipient) => recipient.address),
      from: mail.from.text,
      subject: mail.subject,
      text: mail.text,
      messageId: mail.messageId,
    });
    done();
  },
});

server.on("error", (error) => say({ error: String(error) }));
server.listen(0, "127.0.0.1", () => say({ port: server.server.address().port }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
