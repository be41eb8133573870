// Words in a PNG: what a picture says of itself (iTXt chunks, PNG 1.2, 4.2.3.3), so that a file that
// has lost its page still names what it shows, and from where.

const BEFORE_PIXELS = 33; // the signature and the first chunk, which has the size

// Gives the picture with words by keyword (Title, Description, Source ...), in front of its pixels.
export async function withWords(blob, words) {
  const chunks = Object.entries(words).map(([keyword, text]) => chunk(keyword, text));
  return new Blob([blob.slice(0, BEFORE_PIXELS), ...chunks, blob.slice(BEFORE_PIXELS)], { type: blob.type });
}

function chunk(keyword, text) {
  // Its end, not compressed, of no language and not translated.
  const body = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`);
  const made = new DataView(new ArrayBuffer(body.length + 8));
  made.setUint32(0, body.length - 4);
  new Uint8Array(made.buffer).set(body, 4);
  made.setUint32(body.length + 4, crc(body));
  return made.buffer;
}

function crc(bytes) {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
