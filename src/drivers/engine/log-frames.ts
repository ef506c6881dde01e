const HEADER = 8;

/**
 * The text in the engine's log frames, its last `maxBytes` bytes at most.
 * Frame: one byte for the stream, three empty, four for the length of the text (Docker Engine API, "Attach to a container").
 */
export function lastOfFrames(frames: Buffer, maxBytes: number): string {
  const texts: Buffer[] = [];
  for (let at = 0; at + HEADER <= frames.length;) {
    const end = at + HEADER + frames.readUInt32BE(at + 4);
    texts.push(frames.subarray(at + HEADER, end));
    at = end;
  }
  const text = Buffer.concat(texts);
  return fromCharacter(text.subarray(Math.max(0, text.length - maxBytes))).toString('utf8');
}

/** Without the rest of a character whose beginning was cut off: replacing it would take more bytes than allowed. */
function fromCharacter(bytes: Buffer): Buffer {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0b1100_0000) === 0b1000_0000) at += 1;
  return bytes.subarray(at);
}
