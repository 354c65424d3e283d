// Health checks beside the page's thread. `check_worker.rs` is the page's end.
//
// In:  [id, url, id, url, …]. A url of null takes that check back.
// Out: [] once at the start, and for every list that came in; then, as checks end,
//      [id, status, body, Retry-After, X-Raft-Index, milliseconds, id, …]. Status 0: no headers came. Body null: it broke
//      off. null in place of a list: this worker may not connect.
"use strict";

// What ends within this time is told together.
const TOGETHER_MS = 4;

const underWay = new Map();
let ended = [];

function tell(...answer) {
  if (ended.length === 0) {
    setTimeout(() => {
      postMessage(ended);
      ended = [];
    }, TOGETHER_MS);
  }
  ended.push(...answer);
}

// Bytes of an answer that are read, as `transport.rs` says.
const AT_MOST = 65536;

// The body to its end, or null: a longer one is no answer.
async function textOf(answer, controller) {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (let reader = answer.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > AT_MOST) {
      controller.abort();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

async function check(id, url) {
  const controller = new AbortController();
  underWay.set(id, controller);
  let status = 0;
  let body = null;
  let patience = null;
  let index = null;
  const began = performance.now();
  try {
    // The same request as `fetch.rs` makes for a check.
    const { signal } = controller;
    const answer = await fetch(url, { signal, credentials: "omit", cache: "no-store", redirect: "error" });
    status = answer.status;
    if (status >= 400) patience = answer.headers.get("Retry-After");
    index = answer.headers.get("X-Raft-Index");
    body = await textOf(answer, controller);
  } catch {
    // Which of the two it was is seen by what is there.
  }
  // What was taken back is not told.
  if (underWay.delete(id)) tell(id, status, body, patience, index, performance.now() - began);
}

onmessage = ({ data }) => {
  postMessage([]);
  for (let at = 0; at < data.length; at += 2) {
    const id = data[at];
    const url = data[at + 1];
    if (url !== null) {
      check(id, url);
    } else if (underWay.has(id)) {
      const controller = underWay.get(id);
      underWay.delete(id);
      controller.abort();
    }
  }
};

// The page's policy is in its HTML and does not hold here; a header that came with this script does.
addEventListener("securitypolicyviolation", () => postMessage(null));

postMessage([]);
