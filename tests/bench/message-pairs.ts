/** Sealing and opening a message, beside WebCrypto alone with keys that are imported once. */
import { webcrypto } from 'node:crypto'
import { openMessage, sealMessage } from '../../pwa/protocol/envelope.ts'
import { ENTRY_ID, makeTools, meet, parseMessage, textContent } from '../protocol/two-parties.ts'
import type { Pair } from './pair.ts'

const TEXT = 'x'.repeat(200)
/** What a text of that length is padded to, with what stands around it. */
const PADDED_BYTES = 384
const { subtle } = webcrypto

export async function compareMessages(): Promise<readonly Pair[]> {
  const tools = { ...makeTools(), log: () => undefined }
  const { aliceKeys, bobKeys, alice, bob } = await meet(tools)
  const [self, contact] = [alice.account, bob.account]
  const content = textContent(TEXT)
  let iv = 1n
  const seal = () =>
    sealMessage(tools, { keySet: aliceKeys, iv: iv++, entryId: ENTRY_ID, content, self, contact })
  const envelope = parseMessage(await seal())
  const aes = await subtle.importKey('raw', aliceKeys.send.aes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const hash = { name: 'HMAC', hash: 'SHA-256' }
  const mac = await subtle.importKey('raw', aliceKeys.send.mac, hash, false, ['sign', 'verify'])
  const plain = new Uint8Array(PADDED_BYTES)
  const bareIv = new Uint8Array(12)
  const gcm = { name: 'AES-GCM', iv: bareIv }
  const sealed = await subtle.encrypt(gcm, aes, plain)
  const code = await subtle.sign('HMAC', mac, sealed)
  const against = 'AES-GCM and HMAC alone'
  return [
    {
      name: 'seal 200 bytes',
      against,
      ours: seal,
      reference: async () => subtle.sign('HMAC', mac, await subtle.encrypt(gcm, aes, plain)),
    },
    {
      name: 'open 200 bytes',
      against,
      ours: () =>
        openMessage(tools, {
          keySet: bobKeys,
          envelope,
          entryId: ENTRY_ID,
          sender: self,
          recipient: contact,
          self: contact,
        }),
      reference: async () => {
        await subtle.verify('HMAC', mac, code, sealed)
        return subtle.decrypt(gcm, aes, sealed)
      },
    },
  ]
}
