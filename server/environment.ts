/** The environment, with what is kept in files: addresses of databases hold passwords, and those belong in no list of processes. */
import { readFile } from 'node:fs/promises'
import { ConfigError, type Environment } from './config.ts'

/** Each may be given as `<NAME>_FILE` instead. */
const SECRETS = ['DATABASE_URL', 'MIGRATE_DATABASE_URL', 'DATABASE_REPLICA_URLS'] as const

/** Puts the content of the files in the place of their names. Throws ConfigError with every file that cannot be taken. */
export async function readEnvironment(environment: Environment): Promise<Environment> {
  const problems: string[] = []
  const filled: Record<string, string | undefined> = { ...environment }
  for (const name of SECRETS) {
    const file = environment[`${name}_FILE`]?.trim()
    if (!file) continue
    if (environment[name]?.trim()) problems.push(`${name} and ${name}_FILE are both set: keep one.`)
    else
      filled[name] = await readFile(file, 'utf8').catch((error: Error) => {
        problems.push(`${name}_FILE cannot be read: ${error.message}`)
        return undefined
      })
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return filled
}
