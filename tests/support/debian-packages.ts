/** The programs that the tests run and that do not come from npm. */
import { existsSync } from 'node:fs'
import { runStep } from './run-step.ts'

/** Package, and a file by which its presence shows. */
type Needed = Readonly<Record<string, string>>

/** What every run of the tests needs. */
const NEEDED: Needed = {
  chromium: '/usr/bin/chromium',
  'firefox-esr': '/usr/bin/firefox-esr',
  'webkit2gtk-driver': '/usr/bin/WebKitWebDriver',
  'gir1.2-webkit2-4.1': '/usr/lib/x86_64-linux-gnu/girepository-1.0/WebKit2-4.1.typelib',
  gjs: '/usr/bin/gjs',
  xvfb: '/usr/bin/Xvfb',
  'mariadb-server': '/usr/sbin/mariadbd',
  'nginx-light': '/usr/sbin/nginx',
  'redis-server': '/usr/bin/redis-server',
  sqlmap: '/usr/bin/sqlmap',
  wapiti: '/usr/bin/wapiti',
  'tesseract-ocr': '/usr/bin/tesseract',
  libfaketime: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  openssl: '/usr/bin/openssl',
  'gettext-base': '/usr/bin/envsubst',
  'gnutls-bin': '/usr/bin/gnutls-cli',
  sslscan: '/usr/bin/sslscan',
  'testssl.sh': '/usr/bin/testssl',
  slowhttptest: '/usr/bin/slowhttptest',
  'libnss3-tools': '/usr/bin/certutil',
  'fonts-dejavu-core': '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
  'debian-archive-keyring': '/usr/share/keyrings/debian-archive-keyring.gpg',
}

/** Installs what is missing of `needed` where it may; otherwise throws an error that names it. */
export async function ensureDebianPackages(needed = NEEDED): Promise<void> {
  const missing = findMissing(needed)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error(describeMissing(missing, needed))
  process.stdout.write(`Installing Debian packages: ${missing.join(' ')}…\n`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await runStep('apt-get', ['--quiet', 'update'], environment)
  await runStep(
    'apt-get',
    ['--quiet', '--yes', '--no-install-recommends', 'install', ...missing],
    environment,
  )
  const stillMissing = findMissing(needed)
  if (stillMissing.length > 0) throw new Error(describeMissing(stillMissing, needed))
}

function findMissing(needed: Needed): string[] {
  return Object.keys(needed).filter((name) => !existsSync(needed[name] ?? ''))
}

function describeMissing(missing: readonly string[], needed: Needed): string {
  const files = missing.map((name) => `  ${name} (${needed[name]})`).join('\n')
  return (
    `The tests need these Debian packages, which are not installed:\n${files}\n` +
    `Install them with: sudo apt-get install --no-install-recommends ${missing.join(' ')}`
  )
}
