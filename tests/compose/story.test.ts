/** The main job, end to end, through the deployment as it ships. */
import { type Stage, tellStory } from '../e2e/story.ts'
import { compose, ORIGIN } from './deployment.ts'
import { openVisitors } from './visitors.ts'

/** What people reach, in the order in which it is stopped. */
const FRONT = ['nginx', 'app-1', 'app-2']

/** Runs a client of MySQL in its container, as root. Gives what it said. */
const asRoot = (command: string): Promise<string> =>
  compose('exec', '-T', 'mysql', 'sh', '-c', `MYSQL_PWD=$(cat $MYSQL_ROOT_PASSWORD_FILE) ${command}`)
const query = (sql: string): Promise<string> =>
  asRoot(`mysql --user=root --batch --skip-column-names letterlock --execute='${sql}'`)

async function openStage(): Promise<Stage> {
  const visitors = await openVisitors()
  const start = (): Promise<string> =>
    compose('up', '--detach', '--wait', '--pull=never', '--no-build', '--no-deps', ...FRONT)
  return {
    origin: ORIGIN,
    person: visitors.person,
    stop: async () => void (await compose('stop', ...FRONT)),
    async restart() {
      await compose('stop', ...FRONT)
      await start()
    },
    nowMs: () => Date.now(),
    // The clock of a container is the machine's: what it is compared with is moved instead.
    async passMinutes(minutes) {
      const times = ['authenticated_at', 'last_active_at', 'begun_at', 'stepped_up_at']
      const moved = times.map((time) => `${time} = ${time} - ${minutes * 60_000}`)
      await query(`update sessions set ${moved.join(', ')} where aal = 2`)
    },
    countEntries: async () => Number(await query('select count(*) from entries')),
    dump: async () => [{ dump: await asRoot('mysqldump --user=root --hex-blob --databases letterlock') }],
    readOutput: () => compose('logs', '--no-log-prefix'),
    async remove() {
      // Whatever the story has left stopped, for the other files.
      await start()
      await visitors.remove()
    },
  }
}

tellStory('through the deployment', openStage)
