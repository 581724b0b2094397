import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/modules/_toolyard_core_sqlite.md
var __pageData = JSON.parse("{\"title\":\"@toolyard/core/sqlite\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/modules/_toolyard_core_sqlite.md\",\"filePath\":\"reference/library/modules/_toolyard_core_sqlite.md\"}");
var _sfc_main = { name: "reference/library/modules/_toolyard_core_sqlite.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="toolyardcoresqlite" tabindex="-1">@toolyard/core/sqlite <a class="header-anchor" href="#toolyardcoresqlite" aria-label="Permalink to “@toolyard/core/sqlite”">​</a></h1><h2 id="interfaces" tabindex="-1">Interfaces <a class="header-anchor" href="#interfaces" aria-label="Permalink to “Interfaces”">​</a></h2><ul><li><a href="./../interfaces/_toolyard_core_sqlite.SqliteStorageOptions.html">SqliteStorageOptions</a></li></ul><h2 id="functions" tabindex="-1">Functions <a class="header-anchor" href="#functions" aria-label="Permalink to “Functions”">​</a></h2><ul><li><a href="./../functions/_toolyard_core_sqlite.sqliteStorage.html">sqliteStorage</a></li></ul></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/modules/_toolyard_core_sqlite.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_core_sqlite_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_core_sqlite_default as default };
