/**
 * `npm test`: everything. `npm test -- tests/server` and the like: only these tests, without the static checks.
 * Plain JavaScript, so that it runs before anything is installed; it installs, and hands over to the pinned Node.
 */
import { failWith, findNode, installPackages, projectEnvironment } from '../server/setup.mjs'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

try {
  await installPackages()
  const script = fileURLToPath(new URL('support/run-everything.ts', import.meta.url))
  const child = spawn(findNode(), [script, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: projectEnvironment(),
  })
  // The child stops what it started, then ends; this process only waits for that.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.once('error', failWith)
  child.once('exit', (code) => process.exit(code ?? 1))
} catch (error) {
  failWith(error)
}
