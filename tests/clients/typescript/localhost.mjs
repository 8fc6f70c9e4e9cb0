// Not every resolver knows that *.localhost is this machine (RFC 6761).
import dns from "node:dns";

const lookup = dns.lookup;
dns.lookup = (name, ...rest) => lookup(name.endsWith(".localhost") ? "127.0.0.1" : name, ...rest);
