import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/types/_toolyard_core.McpInputPolicy.md
var __pageData = JSON.parse("{\"title\":\"Type Alias: McpInputPolicy\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/types/_toolyard_core.McpInputPolicy.md\",\"filePath\":\"reference/library/types/_toolyard_core.McpInputPolicy.md\"}");
var _sfc_main = { name: "reference/library/types/_toolyard_core.McpInputPolicy.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="type-alias-mcpinputpolicy" tabindex="-1">Type Alias: McpInputPolicy <a class="header-anchor" href="#type-alias-mcpinputpolicy" aria-label="Permalink to “Type Alias: McpInputPolicy”">​</a></h1><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">type</span><span style="--shiki-light:#6F42C1;--shiki-dark:#B392F0;"> McpInputPolicy</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;"> =</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;PAUSE&quot;</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;"> |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;DECLINE&quot;</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;"> |</span><span style="--shiki-light:#032F62;--shiki-dark:#9ECBFF;"> &quot;NONE&quot;</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">;</span></span></code></pre></div><p>What becomes of a server&#39;s requests for input: PAUSE has the run wait until a caller answers; DECLINE declines elicitations; NONE does not tell the server that it may ask. Sampling is declared with PAUSE alone, roots never.</p></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/types/_toolyard_core.McpInputPolicy.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_core_McpInputPolicy_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_core_McpInputPolicy_default as default };
