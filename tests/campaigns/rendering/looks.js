// What a reader could not read on a page: each a sentence, none if all is well. Run inside the page, by `mail_client`.
() => {
  const shown = element => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const channels = colour => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const opaque = colour => channels(colour)[3] !== 0;
  const linear = value => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = colour => {
    const [red, green, blue] = channels(colour).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  // WCAG 2.2's contrast ratio, and what it wants at least: less of large text than of small.
  const contrast = (one, other) => {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  };
  const wanted = style => (parseFloat(style.fontSize) >= 24 ? 3 : 4.5);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (opaque(backgroundColor)) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const words = element =>
    element.tagName === "IMG"
      ? element.alt
      : [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data).join("").trim();

  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} px wide, and the window ${innerWidth}`);
  for (const element of document.body.querySelectorAll("*")) {
    if (!shown(element)) continue;
    const name = `<${element.tagName.toLowerCase()} class="${element.className}"> ${words(element).slice(0, 40)}`;
    const { left, right } = element.getBoundingClientRect();
    if (left < -0.5 || right > innerWidth + 0.5) found.push(`${name}: from ${left} to ${right} px, out of the window`);
    const clips = getComputedStyle(element).overflow !== "visible";
    if (clips && element.scrollWidth > element.clientWidth) found.push(`${name}: clipped`);
    if (!words(element) || words(element) === "\u00a0") continue;
    const style = getComputedStyle(element);
    const ratio = contrast(style.color, behind(element));
    if (ratio < wanted(style)) found.push(`${name}: ${style.color} on ${behind(element)} is a contrast of ${ratio.toFixed(2)}`);
    if (parseFloat(style.fontSize) < 12) found.push(`${name}: ${style.fontSize} is too small to read`);
  }
  return found;
}
