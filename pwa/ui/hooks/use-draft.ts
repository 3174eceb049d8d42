import { useEffect, useState } from 'preact/hooks'
import { useClient } from './use-client.ts'

/** What was typed in a conversation and not sent, as it was when the conversation was opened; undefined until it is read. */
export function useDraft(contact: number): string | undefined {
  const client = useClient()
  const [draft, setDraft] = useState<string>()

  useEffect(() => {
    let isStale = false
    async function load(): Promise<void> {
      const text = await client.readDraft(contact)
      if (!isStale) setDraft(text)
    }
    void load()
    return () => {
      isStale = true
    }
  }, [client, contact])

  useEffect(() => {
    const keepWhenHidden = () => {
      if (document.hidden) void client.keepDrafts()
    }
    document.addEventListener('visibilitychange', keepWhenHidden)
    return () => document.removeEventListener('visibilitychange', keepWhenHidden)
  }, [client])

  return draft
}
