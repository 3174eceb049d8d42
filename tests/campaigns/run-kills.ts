/**
 * `npm run campaign:kills`: finds two planted bugs, then kills a browser 200 times. `-- --seed 7 --kills 20` is another seed
 * and size.
 */
import { parseArgs } from 'node:util'
import { killBrowsers } from './kills.ts'
import { runCampaign, say } from './run-campaign.ts'

const PLANTED_KILLS_MOST = 40

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, kills: { type: 'string', default: '200' } },
})
const seed = Number(values.seed)
await runCampaign({
  seed,
  bugs: [
    'outbox row deleted before the acknowledgement',
    'IVs from localStorage, and no new keys after a crash',
  ],
  tryPlanted: (project) => killBrowsers({ seed, kills: PLANTED_KILLS_MOST, project }),
  runFully: () => killBrowsers({ seed, kills: Number(values.kills), say }),
})
