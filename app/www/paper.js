// A page of text: a dark screen prints as a light one, and what is folded is printed too.

const { dataset } = document.documentElement;
let theme, folded;

addEventListener("beforeprint", () => {
  theme = dataset.bsTheme;
  dataset.bsTheme = "light";
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const details of folded) details.open = true;
});

addEventListener("afterprint", () => {
  if (theme) dataset.bsTheme = theme;
  else delete dataset.bsTheme;
  for (const details of folded) details.open = false;
});
