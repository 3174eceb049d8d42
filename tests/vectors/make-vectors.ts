/** The text of a file of vectors: what each story is read from, and what another implementation has to come to. */
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { scalarOf } from '../protocol/pkcs8.ts'
import type { Conversation } from './conversation.ts'
import { describeLog } from './describe-log.ts'
import { SHARING_STORIES, STORIES, tell, type Story } from './stories.ts'

/** What is in each file. */
export const FILES: Readonly<Record<string, readonly Story[]>> = {
  'letterlock-v1.json': STORIES,
  'letterlock-v1-sharing.json': SHARING_STORIES,
}

/** The same text every time, byte for byte. */
export async function makeVectors(stories: readonly Story[]): Promise<string> {
  const transcripts = []
  for (const story of stories) {
    const conversation = await tell(story)
    transcripts.push({ name: story.name, ...read(conversation), expected: await describeLog(conversation) })
  }
  return `${JSON.stringify({ protocol: 'letterlock/v1', transcripts }, null, 1)}\n`
}

function read({ accounts, keyPairs, prekeys, entries }: Conversation) {
  return {
    accounts: Object.values(accounts).toSorted((a, b) => a - b),
    keyPairs: keyPairs.map(({ publicKey, privateKey }) => ({
      publicKey: toBase64url(publicKey),
      scalar: toBase64url(scalarOf(privateKey)),
    })),
    prekeys: prekeys.map(({ id, keyPair }) => ({ id, publicKey: toBase64url(keyPair.publicKey) })),
    entries,
  }
}
