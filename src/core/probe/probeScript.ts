/** How the probe's container ends; curl's own failures come as the second. */
export const probeExit = {
  exchanged: 0,
  refused: 1,
  unreachable: 2,
  notInjected: 3,
  noCurl: 4,
  unanswered: 5,
} as const;

/** What the container says of its end goes here, and from there into the pod's status. */
const messageFile = "/dev/termination-log";

/**
 * Exchanges the projected token as an SDK would, with nothing but a shell and curl. A new pod may be on the network before the
 * policies for it are, or a mesh's sidecar after it: it tries again for half a minute. Neither token is ever an argument, a
 * variable or a line of output; of a refusal Entra's words are kept. What a gateway sends back, or an answer that broke off, may hold
 * a token, which everybody who may read pods would see.
 */
export const probeScript = `set -u
say() { printf '%s' "$1" > ${messageFile}; }
shown() { printf '%s' "$answer" | sed 's/eyJ[A-Za-z0-9._-]*/***/g' | head -c "$1"; }
command -v curl > /dev/null || { say 'the image has no curl'; exit ${probeExit.noCurl}; }
for name in AZURE_AUTHORITY_HOST AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_FEDERATED_TOKEN_FILE; do
  eval "value=\\\${$name:-}"
  [ -n "$value" ] || { say "$name is not set"; exit ${probeExit.notInjected}; }
done
tries=0
while :; do
  answer=$(curl --silent --show-error --max-time 20 --output - --write-out '\\n%{http_code}' \\
    --data grant_type=client_credentials \\
    --data-urlencode "client_id=$AZURE_CLIENT_ID" \\
    --data-urlencode "scope=$AZWI_MIGRATE_SCOPE" \\
    --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\
    --data-urlencode "client_assertion@$AZURE_FEDERATED_TOKEN_FILE" \\
    "\${AZURE_AUTHORITY_HOST%/}/$AZURE_TENANT_ID/oauth2/v2.0/token" 2>&1)
  failure=$?
  status=$(printf '%s' "$answer" | tail -n 1)
  [ "$failure" = 0 ] && [ "$status" = 200 ] && { say 'exchanged'; exit ${probeExit.exchanged}; }
  tries=$((tries + 1))
  [ "$tries" -ge 6 ] && break
  sleep 5
done
if [ "$failure" = 0 ]; then
  say "$(shown 2000)"
  case "$status" in 429 | 5??) exit ${probeExit.unanswered} ;; esac
  exit ${probeExit.refused}
fi
say "$(shown 500)"
exit ${probeExit.unreachable}
`;
