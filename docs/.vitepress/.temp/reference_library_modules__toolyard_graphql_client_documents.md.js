import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/modules/_toolyard_graphql_client_documents.md
var __pageData = JSON.parse("{\"title\":\"@toolyard/graphql/client/documents\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/modules/_toolyard_graphql_client_documents.md\",\"filePath\":\"reference/library/modules/_toolyard_graphql_client_documents.md\"}");
var _sfc_main = { name: "reference/library/modules/_toolyard_graphql_client_documents.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="toolyardgraphqlclientdocuments" tabindex="-1">@toolyard/graphql/client/documents <a class="header-anchor" href="#toolyardgraphqlclientdocuments" aria-label="Permalink to “@toolyard/graphql/client/documents”">​</a></h1><h2 id="interfaces" tabindex="-1">Interfaces <a class="header-anchor" href="#interfaces" aria-label="Permalink to “Interfaces”">​</a></h2><ul><li><a href="./../interfaces/_toolyard_graphql_client_documents.Scalars.html">Scalars</a></li></ul><h2 id="variables" tabindex="-1">Variables <a class="header-anchor" href="#variables" aria-label="Permalink to “Variables”">​</a></h2><ul><li><a href="./../variables/_toolyard_graphql_client_documents.graphql.html">graphql</a></li></ul></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/modules/_toolyard_graphql_client_documents.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_graphql_client_documents_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_graphql_client_documents_default as default };
