import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/index.md
var __pageData = JSON.parse("{\"title\":\"The library\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/index.md\",\"filePath\":\"reference/library/index.md\"}");
var _sfc_main = { name: "reference/library/index.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="the-library" tabindex="-1">The library <a class="header-anchor" href="#the-library" aria-label="Permalink to “The library”">​</a></h1><h2 id="modules" tabindex="-1">Modules <a class="header-anchor" href="#modules" aria-label="Permalink to “Modules”">​</a></h2><ul><li><a href="./modules/_toolyard_core.html">@toolyard/core</a></li><li><a href="./modules/_toolyard_core_ai-sdk.html">@toolyard/core/ai-sdk</a></li><li><a href="./modules/_toolyard_core_postgres.html">@toolyard/core/postgres</a></li><li><a href="./modules/_toolyard_core_sqlite.html">@toolyard/core/sqlite</a></li><li><a href="./modules/_toolyard_graphql.html">@toolyard/graphql</a></li><li><a href="./modules/_toolyard_graphql_client.html">@toolyard/graphql/client</a></li><li><a href="./modules/_toolyard_graphql_client_documents.html">@toolyard/graphql/client/documents</a></li><li><a href="./modules/toolyard_api-keys.html">toolyard/api-keys</a></li></ul></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/index.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var library_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, library_default as default };
