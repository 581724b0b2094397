import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/interfaces/_toolyard_graphql.RateOptions.md
var __pageData = JSON.parse("{\"title\":\"Interface: RateOptions\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/interfaces/_toolyard_graphql.RateOptions.md\",\"filePath\":\"reference/library/interfaces/_toolyard_graphql.RateOptions.md\"}");
var _sfc_main = { name: "reference/library/interfaces/_toolyard_graphql.RateOptions.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="interface-rateoptions" tabindex="-1">Interface: RateOptions <a class="header-anchor" href="#interface-rateoptions" aria-label="Permalink to “Interface: RateOptions”">​</a></h1><p>Size and refill rate of a caller&#39;s bucket: requests take tokens out, and time puts them back.</p><h2 id="properties" tabindex="-1">Properties <a class="header-anchor" href="#properties" aria-label="Permalink to “Properties”">​</a></h2><h3 id="capacity" tabindex="-1">capacity <a class="header-anchor" href="#capacity" aria-label="Permalink to “capacity”">​</a></h3><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">readonly </span><span style="--shiki-light:#6F42C1;--shiki-dark:#B392F0;">capacity</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">: number;</span></span></code></pre></div><p>Tokens of a full bucket: the most that may be taken at once.</p><hr><h3 id="persecond" tabindex="-1">perSecond <a class="header-anchor" href="#persecond" aria-label="Permalink to “perSecond”">​</a></h3><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">readonly </span><span style="--shiki-light:#6F42C1;--shiki-dark:#B392F0;">perSecond</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">: number;</span></span></code></pre></div><p>Tokens that come back per second.</p></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/interfaces/_toolyard_graphql.RateOptions.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_graphql_RateOptions_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_graphql_RateOptions_default as default };
