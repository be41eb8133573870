// Where a map looks, as a link says it: south,west,north,east in degrees. Whoever opens it sees at
// least that, however large their window is. No extent: all of the area, or of England.

export const EXTENT = "extent";

// [[south, west], [north, east]] of a link's words; null of what is none.
export function readExtent(said) {
  const [south, west, north, east] = (said ?? "").split(",").map(Number);
  const isOne = south >= -90 && north <= 90 && south < north && west >= -180 && east <= 180 && west < east;
  return isOne ? [[south, west], [north, east]] : null;
}

// Of Leaflet's bounds, to a hundred metres.
export const sayExtent = (bounds) =>
  [bounds.getSouth(), bounds.getWest(), bounds.getNorth(), bounds.getEast()].map((at) => at.toFixed(3)).join();
