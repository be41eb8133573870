// How the dash-leaflet peers draw a practice. Dash finds functions by their place in `window`.

const dot = (at, fillColor) => L.circleMarker(at, { radius: 3, stroke: false, fillOpacity: 1, fillColor });

window.peers = Object.assign(window.peers ?? {}, {
  points: {
    byProperty: ({ properties }, at, { hideout }) => dot(at, hideout.colours[properties.band]),
    byHideout: ({ properties }, at, { hideout }) =>
      dot(at, hideout.colours[hideout.bands[properties.place]] ?? "transparent"),
    tell: ({ properties: { name, code, value, low, high, numerator, denominator } }, layer) =>
      layer.bindTooltip(`${name} ${code}: ${value} (${low} to ${high}), ${numerator} of ${denominator}`),
  },
});
