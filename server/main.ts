/** The server's entry: environment in, two sentences and a log of JSON lines out. */
import { ConfigError, readConfig } from './config.ts'
import type { Log } from './deps.ts'
import { readEnvironment } from './environment.ts'
import { type RunningServer, startServer } from './start-server.ts'

const log: Log = (line) => void process.stdout.write(`${JSON.stringify(line)}\n`)

try {
  const config = readConfig(await readEnvironment(process.env))
  stopOnSignal(await startServer({ config, log }))
  log({ event: 'listening', origin: config.publicOrigin, dataDir: config.dataDir })
  process.stdout.write(`Letterlock is at ${config.publicOrigin}\n`)
  process.stdout.write(`${sayWhere(config.databaseUrl)} ${config.dataDir}\n`)
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError || error instanceof Error ? error.message : String(error)}\n`,
  )
  process.exitCode = 1
}

function sayWhere(databaseUrl: string | null): string {
  return databaseUrl === null
    ? 'Its data and its keys are in'
    : `Its data is in the database ${new URL(databaseUrl).pathname.slice(1)}, its keys are in`
}

function stopOnSignal(server: RunningServer): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      // Nothing is left to say when even stopping fails.
      server.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
}
