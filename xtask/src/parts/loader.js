import { initSync } from "./MAIN";
const PARTS = {};
const coming = {};
const instance = async (file, answer) => {
  answer = await answer;
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  const main = initSync();
  return WebAssembly.instantiate(await answer.arrayBuffer(), { main, __wasm_split: main });
};
const sheet = (address) =>
  new Promise((done, failed) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.onload = done;
    link.onerror = () => {
      link.remove();
      failed(new Error(address));
    };
    document.head.append(link);
  });
const load = (file) => {
  const address = new URL(file, import.meta.url);
  return (coming[file] ??= (file.endsWith(".css") ? sheet(address) : instance(file, fetch(address))).catch((error) => {
    delete coming[file];
    throw error;
  }));
};
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
