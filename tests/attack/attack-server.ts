/** A server to be attacked: the real one, listening on loopback, with an account in it and limits out of the way. */
import { startTestServer, type TestServer } from '../server/test-server.ts'
import { type PlantedHoles, startPlantedHoles } from './planted-holes.ts'
import { type Counts, startCarrier } from './carrier.ts'
import { runSqlmap, type SqlmapOptions, type SqlmapReport } from './sqlmap.ts'
import { listTargets, type Target } from './targets.ts'

/** The name under which right bodies look for somebody. */
const SOMEBODY = 'somebody'

export interface AttackServer {
  readonly targets: readonly Target[]
  /** Runs sqlmap on a route, with a session of its own. */
  attack(target: Target): Promise<SqlmapReport & { readonly counts: Counts }>
  /** Runs sqlmap on a server that puts what it gets into the text of a statement for the same database. */
  attackPlanted(): Promise<SqlmapReport>
  remove(): Promise<void>
}

/**
 * Starts it.
 * @param databaseUrl MySQL or MariaDB; SQLite when it is null
 */
export async function startAttackServer(
  databaseUrl: string | null,
  size: Omit<SqlmapOptions, 'dbms'>,
): Promise<AttackServer> {
  const server = await startTestServer({
    environment: {
      ADDRESS_FAILURES_PER_HOUR: '1000000',
      REGISTRATIONS_PER_HOUR: '1000000',
      ENTRIES_PER_MINUTE: '1000000',
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
    },
  })
  const { id } = await server.visit().register(SOMEBODY)
  const options: SqlmapOptions = { ...size, dbms: databaseUrl === null ? 'SQLite' : 'MySQL' }
  return {
    targets: listTargets(id),
    attack: (target) => attackRoute(server, target, options),
    attackPlanted: () => attackHoles(server, options),
    remove: () => server.remove(),
  }
}

async function attackRoute(server: TestServer, target: Target, options: SqlmapOptions) {
  const carrier = await startCarrier({
    origin: server.origin,
    visitor: server.visit(),
    renew: target.renew,
    // After a few failures every further one is refused before it is judged: no attack would reach what judges.
    raiseLimits: async () => void (await server.deps.db('throttles').delete()),
  })
  try {
    return { ...(await runSqlmap(carrier.origin, target, options)), counts: carrier.counts }
  } finally {
    await carrier.stop()
  }
}

async function attackHoles(server: TestServer, options: SqlmapOptions): Promise<SqlmapReport> {
  const holes = await startHolesOf(server)
  const request = {
    method: 'POST',
    path: '/',
    headers: { 'Content-Type': 'application/json' },
    body: `{"username":"${SOMEBODY}*"}`,
  }
  try {
    return await runSqlmap(holes.origin, request, options)
  } finally {
    await holes.stop()
  }
}

/** Starts the planted holes on the server's own database. */
export function startHolesOf({ deps: { db } }: TestServer): Promise<PlantedHoles> {
  return startPlantedHoles(async (sql) => {
    const result: unknown[] = await db.raw(sql.replaceAll('?', '\\?'))
    // MySQL's driver gives rows and columns, SQLite's the rows alone.
    return Array.isArray(result[0]) ? result[0] : result
  })
}
