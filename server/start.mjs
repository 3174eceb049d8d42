/**
 * `npm start`: installs and builds what is not yet there, then serves.
 *   --demo   a throw-away server with two accounts, for a first look
 *   --dev    for work on the code: the page reloads itself and the server restarts on each change
 * Plain JavaScript with `node:` imports only, so that it runs before anything is installed, on any Node from 20 on.
 */
import { spawn } from 'node:child_process'
import { buildFrontEnd, failWith, findNode, installPackages, root } from './setup.mjs'

/** Where the page of `--dev` is: not the port of `npm start`, whose service worker would answer with the built page. */
const DEV_PORT = '5173'

try {
  await installPackages()
  await buildFrontEnd()
  runTogether(programs(process.argv.slice(2)))
} catch (error) {
  failWith(error)
}

/**
 * @param {readonly string[]} flags
 * @returns {{ args: string[], env?: Record<string, string> }[]} arguments for Node, and additions to the environment
 */
function programs(flags) {
  if (flags.includes('--demo')) return [{ args: ['server/demo.ts'] }]
  if (!flags.includes('--dev')) return [{ args: ['server/main.ts'] }]
  const origin = process.env.PUBLIC_ORIGIN ?? `http://localhost:${DEV_PORT}`
  const page = ['node_modules/vite/bin/vite.js', 'pwa', '--config', 'pwa/vite.config.ts', '--port', DEV_PORT]
  return [{ args: ['--watch', 'server/main.ts'], env: { PUBLIC_ORIGIN: origin } }, { args: page }]
}

/**
 * Runs programs side by side until one ends; then ends the others, and this one the same way.
 * @param {{ args: string[], env?: Record<string, string> }[]} list
 */
function runTogether(list) {
  const node = findNode()
  const children = list.map(({ args, env }) =>
    spawn(node, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }),
  )
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    for (const child of children) child.kill(signal)
  }
  process.on('SIGTERM', pass)
  process.on('SIGHUP', pass)
  // At a terminal Ctrl-C reaches the children by itself, and twice would mean "at once".
  process.on('SIGINT', (signal) => process.stdin.isTTY || pass(signal))
  for (const child of children) {
    child.once('error', failWith)
    child.once('exit', (code, signal) => {
      pass('SIGTERM')
      if (!signal) process.exitCode ??= code ?? 1
      else endBySignal(signal)
    })
  }
}

/** @param {NodeJS.Signals} signal */
function endBySignal(signal) {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}
