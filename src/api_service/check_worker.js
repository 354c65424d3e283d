// Health checks beside the page's thread. `check_worker.rs` is the page's end.
//
// In:  [number, address, number, address, …]. An address of null takes that check back.
// Out: [] once at the start, and for every list that came in; then, as checks end,
//      [number, status, body, Retry-After, X-Raft-Index, milliseconds, number, …]. Status 0: no headers came. Body null:
//      it broke off.
"use strict";

// What ends within this time is told together, in milliseconds.
const TOGETHER = 4;

const underWay = new Map();
let ended = [];

function tell(...answer) {
  if (ended.length === 0) {
    setTimeout(() => {
      postMessage(ended);
      ended = [];
    }, TOGETHER);
  }
  ended.push(...answer);
}

async function check(number, address) {
  const controller = new AbortController();
  underWay.set(number, controller);
  let status = 0;
  let body = null;
  let patience = null;
  let index = null;
  const began = performance.now();
  try {
    // The same request as `fetch.rs` makes for a check.
    const answer = await fetch(address, { signal: controller.signal, credentials: "omit", cache: "no-store" });
    status = answer.status;
    if (status >= 400) patience = answer.headers.get("Retry-After");
    index = answer.headers.get("X-Raft-Index");
    body = await answer.text();
  } catch {
    // Which of the two it was is seen by what is there.
  }
  // What was taken back is not told.
  if (underWay.delete(number)) tell(number, status, body, patience, index, performance.now() - began);
}

onmessage = ({ data }) => {
  postMessage([]);
  for (let at = 0; at < data.length; at += 2) {
    const number = data[at];
    const address = data[at + 1];
    if (address !== null) {
      check(number, address);
    } else if (underWay.has(number)) {
      const controller = underWay.get(number);
      underWay.delete(number);
      controller.abort();
    }
  }
};

postMessage([]);
