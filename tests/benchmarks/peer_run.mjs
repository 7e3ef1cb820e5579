// Loads a handler as Lambda does, calls it repeatedly, and writes the times and the peak memory to a file.
// node peer_run.mjs HANDLER EVENT RESULT CALLS
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [module, event, result, calls] = process.argv.slice(2);
const times = [];
let started = performance.now();
let busy = process.cpuUsage();

function lap() {
  const [ended, used] = [performance.now(), process.cpuUsage(busy)];
  times.push([ended - started, (used.user + used.system) / 1000]);
  [started, busy] = [performance.now(), process.cpuUsage()];
}

const { handler } = await import(pathToFileURL(resolve(module)));
lap();
const asked = JSON.parse(readFileSync(event, 'utf8'));
const context = { awsRequestId: 'a-request' };
for (let call = 0; call <= Number(calls); call += 1) {
  lap();
  times.pop();
  const answer = await (handler.length === 3
    ? new Promise((done, failed) => handler(asked, context, (error, value) => (error ? failed(error) : done(value))))
    : handler(asked, context));
  lap();
  if (answer.statusCode !== 201) throw new Error(JSON.stringify(answer));
}
const memory = process.resourceUsage().maxRSS / 1000;
writeFileSync(result, JSON.stringify({ times, memory }));
process.exit(0);
