/**
 * `npm run campaign:servers`: kills servers, database, Redis and nginx 30 times on MariaDB and on MySQL. `-- --rounds 8
 * --engine mysql` is another size.
 */
import { parseArgs } from 'node:util'
import { say } from './run-campaign.ts'
import { ENGINES, killServers } from './servers/kill-servers.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '30' }, engine: { type: 'string' } },
})
for (const engine of ENGINES.filter((one) => values.engine === undefined || one === values.engine)) {
  const beganMs = performance.now()
  const { faults, ...figures } = await killServers({ engine, rounds: Number(values.rounds), say })
  for (const fault of faults) say(`${engine}: ${fault}`)
  const seconds = Math.round((performance.now() - beganMs) / 1000)
  say(JSON.stringify({ engine, ...figures, faults: faults.length, seconds }))
  if (faults.length > 0) process.exitCode = 1
}
