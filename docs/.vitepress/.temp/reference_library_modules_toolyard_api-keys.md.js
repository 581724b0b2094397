import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/modules/toolyard_api-keys.md
var __pageData = JSON.parse("{\"title\":\"toolyard/api-keys\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/modules/toolyard_api-keys.md\",\"filePath\":\"reference/library/modules/toolyard_api-keys.md\"}");
var _sfc_main = { name: "reference/library/modules/toolyard_api-keys.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="toolyardapi-keys" tabindex="-1">toolyard/api-keys <a class="header-anchor" href="#toolyardapi-keys" aria-label="Permalink to “toolyard/api-keys”">​</a></h1><h2 id="interfaces" tabindex="-1">Interfaces <a class="header-anchor" href="#interfaces" aria-label="Permalink to “Interfaces”">​</a></h2><ul><li><a href="./../interfaces/toolyard_api-keys.ApiKeys.html">ApiKeys</a></li><li><a href="./../interfaces/toolyard_api-keys.ApiKeysOptions.html">ApiKeysOptions</a></li><li><a href="./../interfaces/toolyard_api-keys.KeyObserver.html">KeyObserver</a></li></ul><h2 id="type-aliases" tabindex="-1">Type Aliases <a class="header-anchor" href="#type-aliases" aria-label="Permalink to “Type Aliases”">​</a></h2><ul><li><a href="./../types/toolyard_api-keys.ApiKeysStatus.html">ApiKeysStatus</a></li></ul><h2 id="functions" tabindex="-1">Functions <a class="header-anchor" href="#functions" aria-label="Permalink to “Functions”">​</a></h2><ul><li><a href="./../functions/toolyard_api-keys.openApiKeys.html">openApiKeys</a></li></ul></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/modules/toolyard_api-keys.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var toolyard_api_keys_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, toolyard_api_keys_default as default };
