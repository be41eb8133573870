// The door of the map: Shiny's messages go to one AtlasMap for each map on the page, and a view
// of ipyleaflet's Layer puts it on the Leaflet map. See app/atlas/drawing/map_layer.py for the messages.

import { AtlasMap } from "./points/atlas-map.js";
import { readExtent } from "./points/extent.js";

const maps = {};
const atlasMap = (id) => (maps[id] ??= new AtlasMap(id));

// `show` is for the legend's own tick boxes: the map repaints at once, the server follows.
// `look` is for the address: Back asks for where the maps looked.
window.careAtlas = {
  maps,
  show: (id, show) => atlasMap(id).onShow({ show }),
  look(said) {
    for (const atlas of Object.values(maps)) {
      atlas.isSaid = true;
      atlas.look(readExtent(said));
    }
  },
};

const MESSAGES = ["Cast", "Size", "Names", "Around", "Codes", "Show", "Detail", "Select", "Fit", "Outlines"];
for (const name of MESSAGES) {
  window.Shiny.addCustomMessageHandler(`atlas-${name.toLowerCase()}`, (message) =>
    atlasMap(message.map)[`on${name}`](message),
  );
}

window.define("care-atlas-points", ["jupyter-leaflet"], ({ LeafletLayerView }) => {
  class PointsView extends LeafletLayerView {
    create_obj() {
      const output = this.map_view.el.closest(".shiny-ipywidget-output");
      output.classList.add("points-output");
      const atlas = atlasMap(output.id);
      const names = ["home", "places", "land", "tiles", "attribution"];
      const ground = Object.fromEntries(names.map((name) => [name, this.model.get(name)]));
      silence(this.map_view);
      this.obj = new L.Layer();
      this.obj.onAdd = (map) => atlas.attach(map, ground);
      this.obj.onRemove = () => atlas.detach();
    }

    leaflet_events() {}

    remove() {
      this.obj.remove();
      super.remove();
    }
  }

  return { PointsView };
});

// ipyleaflet tells the server of every mouse move and every pan. Nobody there listens, and each
// message would wake every session, so neither is sent; Leaflet's own events go on.
function silence(mapView) {
  const send = mapView.send.bind(mapView);
  mapView.send = (content, ...rest) => {
    if (content.event !== "interaction") send(content, ...rest);
  };
  mapView.touch = () => {};
}
