// An option is searched for as it is written, `--list-lag`; to the search a dash before a word means: not that word.
const QUERY = 2; // the kind of message that asks the index, of those that the theme sends to its worker
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...more) {
  const isQuery = message?.type === QUERY && typeof message.data === "string";
  const data = isQuery ? message.data.replace(/(^|\s)-+(?=\w)/g, "$1") : undefined;
  return post.call(this, isQuery ? { ...message, data } : message, ...more);
};
