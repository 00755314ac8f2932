// The check-session iframe (OpenID Connect Session Management 1.0, 3.2): an app sends "client_id session_state", and is
// answered "unchanged", "changed" or "error". Its own SHA-256, for browsers offer theirs over https only.
"use strict";

const cookieName = document.currentScript.dataset.cookie;

addEventListener("message", event => {
  const { data, origin, source } = event;
  // Without an origin nobody could be answered there alone; and answers are no questions.
  if (typeof data !== "string" || !source || source === window || origin === "null" || origin === "") return;
  if (data === "error" || data === "changed" || data === "unchanged") return;
  let answer;
  try {
    answer = judge(data, origin);
  } catch {
    answer = "error";
  }
  source.postMessage(answer, origin);
});

function judge(data, origin) {
  const blank = data.lastIndexOf(" ");
  const clientId = data.slice(0, blank), sessionState = data.slice(blank + 1);
  const stop = sessionState.indexOf(".");
  if (blank < 1 || stop < 1 || stop === sessionState.length - 1) return "error";
  const browserState = cookie();
  if (!browserState) return "error";
  const salt = sessionState.slice(stop + 1);
  const own = sha256(`${clientId} ${origin} ${browserState} ${salt}`) + "." + salt;
  return own === sessionState ? "unchanged" : "changed";
}

// Nothing where the browser keeps cookies from frames of other sites.
function cookie() {
  for (const pair of document.cookie.split("; ")) {
    if (pair.startsWith(cookieName + "=")) return pair.slice(cookieName.length + 1);
  }
  return "";
}

// FIPS 180-4, 5.3.3 and 4.2.2.
const START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const K = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

// FIPS 180-4, 6.2, of the text as UTF-8, in hexadecimal.
function sha256(text) {
  const bytes = new TextEncoder().encode(text);
  const words = new Uint32Array(((bytes.length + 72) >> 6) << 4);
  bytes.forEach((byte, i) => (words[i >> 2] |= byte << (24 - 8 * (i & 3))));
  words[bytes.length >> 2] |= 0x80 << (24 - 8 * (bytes.length & 3));
  words[words.length - 1] = bytes.length * 8;
  const hash = new Uint32Array(START);
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let block = 0; block < words.length; block += 16) {
    w.set(words.subarray(block, block + 16));
    for (let i = 16; i < 64; i++) {
      const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i++) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => (hash[i] += x));
  }
  return Array.from(hash, x => x.toString(16).padStart(8, "0")).join("");
}
