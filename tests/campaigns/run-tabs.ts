/**
 * `npm run campaign:tabs`: finds a planted bug, then troubles eight tabs for five minutes. `-- --seed 7 --seconds 60` is
 * another seed and time.
 */
import { parseArgs } from 'node:util'
import { runCampaign } from './run-campaign.ts'
import { troubleTabs } from './tabs.ts'

const PLANTED_SECONDS = 60

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, seconds: { type: 'string', default: '300' } },
})
const seed = Number(values.seed)
await runCampaign({
  seed,
  bugs: ['IVs counted by each tab for itself'],
  tryPlanted: (project) => troubleTabs({ seed, seconds: PLANTED_SECONDS, project }),
  runFully: () => troubleTabs({ seed, seconds: Number(values.seconds) }),
})
