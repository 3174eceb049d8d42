/**
 * A job for deployments in containers: `node server/make-passwords.ts <folder> <host:port of the database>`. Under the folder
 * are `database`, `migrator` and `app`, each the volume of whoever may read what is put there.
 */
import path from 'node:path'
import { makePasswords } from './passwords.ts'

/** The accounts in the images of MySQL and of Node. */
const MYSQL = 999
const NODE = 1000

const [folder, address] = process.argv.slice(2)
if (folder === undefined || address === undefined)
  throw new Error('usage: node server/make-passwords.ts <folder> <host:port>')
await makePasswords({
  database: { folder: path.join(folder, 'database'), owner: MYSQL },
  migrator: { folder: path.join(folder, 'migrator'), owner: NODE },
  app: { folder: path.join(folder, 'app'), owner: NODE },
  address,
})
