// Making and changing SVG nodes; a node is touched only when what it shows has changed.

const NAMESPACE = "http://www.w3.org/2000/svg";

/** Make an SVG node: svg("rect", {x: 0, class: "slot"}, child …). */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(NAMESPACE, name);
  set(made, attributes);
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Set attributes that differ from what the node has; null takes one away. */
export function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value == null) node.removeAttribute(key);
    else if (node.getAttribute(key) !== String(value)) node.setAttribute(key, value);
  }
  return node;
}

/** Show a text, cut to what fits into `width` pixels at `size` pixels a letter. */
export function write(node, text, width = Infinity, size = 14) {
  const shown = cut(text, width / size);
  if (node.textContent !== shown) node.textContent = shown;
}

/** The text, or its beginning with an ellipsis where it is wider than `ems` letters; Chinese ones are 1 em wide. */
function cut(text, ems) {
  let width = 0;
  for (let place = 0; place < text.length; place += 1) {
    width += text.charCodeAt(place) > 0x2e7f ? 1 : 0.56;
    if (width > ems) return `${text.slice(0, Math.max(1, place - 1))}…`;
  }
  return text;
}
