/** What the campaigns in browsers have in common as scripts: planted bugs first, figures last. */
import { isFinal, type Findings } from './evidence.ts'
import { withPlantedBug, type PlantedBug } from './planted.ts'

interface Runs {
  readonly seed: number
  /** Those that it must find. */
  readonly bugs: readonly PlantedBug[]
  /** On a build with a bug, which is expected to show; a smaller size will do. */
  readonly tryPlanted: (project: string) => Promise<Findings>
  readonly runFully: () => Promise<Findings>
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Sets the exit code: 1 when a promise was broken, or a planted bug was not found. */
export async function runCampaign({ seed, bugs, tryPlanted, runFully }: Runs): Promise<void> {
  const beganMs = performance.now()
  let missed = 0
  for (const name of bugs) {
    const { faults: found } = await withPlantedBug(name, tryPlanted)
    const fault = found.find(isFinal) ?? found[0]
    say(`planted "${name}": ${fault ?? 'NOT FOUND'}`)
    if (fault === undefined) missed += 1
  }
  const { faults, figures } = await runFully()
  for (const fault of faults) say(`seed ${seed}: ${fault}`)
  const seconds = Math.round((performance.now() - beganMs) / 1000)
  say(JSON.stringify({ ...figures, faults: faults.length, missed, seed, seconds }))
  process.exitCode = faults.length + missed === 0 ? 0 : 1
}
