import { t as _plugin_vue_export_helper_default } from "./plugin-vue_export-helper.DjkACiAr.js";
import { useSSRContext } from "vue";
import { ssrRenderAttrs } from "vue/server-renderer";
// docs/.vitepress/pages/reference/library/functions/_toolyard_graphql_client.createGraphQLClient.md
var __pageData = JSON.parse("{\"title\":\"Function: createGraphQLClient()\",\"description\":\"\",\"frontmatter\":{},\"headers\":[],\"relativePath\":\"reference/library/functions/_toolyard_graphql_client.createGraphQLClient.md\",\"filePath\":\"reference/library/functions/_toolyard_graphql_client.createGraphQLClient.md\"}");
var _sfc_main = { name: "reference/library/functions/_toolyard_graphql_client.createGraphQLClient.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
	_push(`<div${ssrRenderAttrs(_attrs)}><div><h1 id="function-creategraphqlclient" tabindex="-1">Function: createGraphQLClient() <a class="header-anchor" href="#function-creategraphqlclient" aria-label="Permalink to “Function: createGraphQLClient()”">​</a></h1><div class="language-ts"><button title="Copy code" data-copied="Copied" class="copy"></button><span class="lang">ts</span><pre class="shiki shiki-themes github-light github-dark" style="--shiki-light:#24292e;--shiki-dark:#e1e4e8;--shiki-light-bg:#fff;--shiki-dark-bg:#24292e;" tabindex="0" dir="ltr" v-pre=""><code><span class="line"><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">function</span><span style="--shiki-light:#6F42C1;--shiki-dark:#B392F0;"> createGraphQLClient</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">(</span><span style="--shiki-light:#c13617;--shiki-dark:#FFAB70;">options</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">)</span><span style="--shiki-light:#c62739;--shiki-dark:#F97583;">:</span><span style="--shiki-light:#6F42C1;--shiki-dark:#B392F0;"> GraphQLClient</span><span style="--shiki-light:#24292E;--shiki-dark:#E1E4E8;">;</span></span></code></pre></div><p>Creates a client over HTTP, with event streams for subscriptions. It holds nothing open between requests.</p><h2 id="parameters" tabindex="-1">Parameters <a class="header-anchor" href="#parameters" aria-label="Permalink to “Parameters”">​</a></h2><h3 id="options" tabindex="-1">options <a class="header-anchor" href="#options" aria-label="Permalink to “options”">​</a></h3><p><a href="./../interfaces/_toolyard_graphql_client.GraphQLClientOptions.html"><code>GraphQLClientOptions</code></a></p><h2 id="returns" tabindex="-1">Returns <a class="header-anchor" href="#returns" aria-label="Permalink to “Returns”">​</a></h2><p><a href="./../interfaces/_toolyard_graphql_client.GraphQLClient.html"><code>GraphQLClient</code></a></p></div></div>`);
}
var _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
	const ssrContext = useSSRContext();
	(ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("reference/library/functions/_toolyard_graphql_client.createGraphQLClient.md");
	return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
var _toolyard_graphql_client_createGraphQLClient_default = /*#__PURE__*/ _plugin_vue_export_helper_default(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export { __pageData, _toolyard_graphql_client_createGraphQLClient_default as default };
