import { splitLinks } from '../timeline/links.ts'

/** The text of a message. Its links open in a tab that knows nothing of this one. */
export function MessageText({ text }: { text: string }) {
  return (
    <>
      {splitLinks(text).map((part, index) =>
        part.address === null ? (
          part.text
        ) : (
          <a key={index} href={part.address} rel="noreferrer noopener" target="_blank">
            {part.text}
          </a>
        ),
      )}
    </>
  )
}
