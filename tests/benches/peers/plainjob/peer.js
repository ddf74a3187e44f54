// plainjob as a peer of the figures: the first line printed is what it is and what its own
// connection reads back; then, for every number on standard input, so many times enqueue, claim
// and finish, and the nanoseconds all of them took.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Database from "better-sqlite3";
import { better, defineQueue } from "plainjob";

const [folder, manner] = process.argv.slice(2);
const database = new Database(`${folder}/plainjob.db`);
const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const queue = defineQueue({ connection: better(database), logger: quiet });
if (manner === "full-sync") database.pragma("synchronous = FULL");

const manifest = new URL("./node_modules/plainjob/package.json", import.meta.url);
const read = (pragma) => database.pragma(pragma, { simple: true });
console.log(
  JSON.stringify({
    version: JSON.parse(readFileSync(manifest, "utf8")).version,
    sqlite: database.prepare("SELECT sqlite_version() AS version").get().version,
    journal_mode: read("journal_mode"),
    synchronous: read("synchronous"),
  }),
);

const body = "x".repeat(300);
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const began = process.hrtime.bigint();
  for (let turn = 0; turn < Number(line); turn += 1) {
    queue.add("bench", body);
    const claimed = queue.getAndMarkJobAsProcessing("bench");
    queue.markJobAsDone(claimed.id);
  }
  console.log(String(process.hrtime.bigint() - began));
});
lines.on("close", () => queue.close());
