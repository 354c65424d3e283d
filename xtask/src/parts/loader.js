import { initSync } from "./MAIN";
const PARTS = {};
const coming = {};
const instance = async (file, answer) => {
  answer = await answer;
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  const main = initSync();
  return WebAssembly.instantiate(await answer.arrayBuffer(), { main, __wasm_split: main });
};
const load = (file) =>
  (coming[file] ??= instance(file, fetch(new URL(file, import.meta.url))).catch((error) => {
    delete coming[file];
    throw error;
  }));
const part = (name) => async (callback, data) => {
  let here = true;
  try {
    await Promise.all(PARTS[name].map(load));
  } catch (error) {
    console.warn(error);
    here = false;
  }
  initSync().__indirect_function_table.get(callback)(data, here);
};
