// ../../../images/console-servers.png
var console_servers_default = "/images/console-servers.png";
export { console_servers_default as t };
