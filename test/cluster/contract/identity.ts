import { createHash, createPublicKey, verify } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type Caller, freshNamespace, refusal } from "./caller.ts";

/** Tokens and their issuer, reviews, and what the workload identity webhook 1.6.0 makes of pods. */
export function identityContract(caller: () => Caller): void {
  describe("identity", () => {
    let namespace: string;
    let path: string;
    const tokenRequest = (spec: object) => ({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: ["api://AzureADTokenExchange"], ...spec },
    });

    beforeAll(async () => {
      namespace = await freshNamespace(caller(), "identity");
      path = `/api/v1/namespaces/${namespace}`;
      const annotations = { "azure.workload.identity/client-id": "client" };
      await caller().request("POST", `${path}/serviceaccounts`, { metadata: { name: "app", annotations } });
    });

    it("signs service account tokens with a key that its discovery document leads to", async () => {
      const { status, body } = await caller().request("POST", `${path}/serviceaccounts/app/token`, tokenRequest({}));
      expect(status).toBe(201);
      const [header = "", payload = "", signature = ""] = String(body.status?.token).split(".");
      const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
      const configuration = (await caller().request("GET", "/.well-known/openid-configuration")).body;
      const account = (await caller().request("GET", `${path}/serviceaccounts/app`)).body;
      const claims = read(payload);
      expect(claims).toEqual({
        aud: ["api://AzureADTokenExchange"],
        exp: claims.iat + 3600,
        iat: expect.any(Number),
        iss: configuration.issuer,
        jti: expect.any(String),
        "kubernetes.io": { namespace, serviceaccount: { name: "app", uid: account.metadata?.uid } },
        nbf: claims.iat,
        sub: `system:serviceaccount:${namespace}:app`,
      });
      const { keys } = (await caller().request("GET", "/openid/v1/jwks")).body as unknown as {
        keys: { kid: string }[];
      };
      const key = keys.find(({ kid }) => kid === read(header).kid);
      const publicKey = createPublicKey({ key: key ?? {}, format: "jwk" });
      expect(
        verify("sha256", Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url")),
      ).toBe(true);
      expect(configuration).toEqual({
        issuer: expect.any(String),
        jwks_uri: expect.stringMatching(/\/openid\/v1\/jwks$/),
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    });

    it("gives a new token each time, for ten minutes at the least, of the audience that is asked for", async () => {
      const ask = async () => {
        const spec = { audiences: ["api://Other"], expirationSeconds: 600 };
        const { body } = await caller().request("POST", `${path}/serviceaccounts/app/token`, tokenRequest(spec));
        return String(body.status?.token);
      };
      const [one, other] = [await ask(), await ask()];
      expect(one).not.toBe(other);
      const { aud, exp, iat, sub } = JSON.parse(Buffer.from(one.split(".")[1] ?? "", "base64url").toString());
      expect([aud, exp - iat, sub]).toEqual([["api://Other"], 600, `system:serviceaccount:${namespace}:app`]);
    });

    it("refuses tokens for less than ten minutes and for accounts that are not there", async () => {
      const short = await caller().request(
        "POST",
        `${path}/serviceaccounts/app/token`,
        tokenRequest({ expirationSeconds: 60 }),
      );
      expect(refusal(short)).toEqual({
        status: 422,
        reason: "Invalid",
        message:
          'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      });
      expect((await caller().request("POST", `${path}/serviceaccounts/none/token`, tokenRequest({}))).status).toBe(404);
    });

    it("reviews what the user may do", async () => {
      const resourceAttributes = { verb: "patch", group: "apps", resource: "deployments", namespace };
      const { status, body } = await caller().request(
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectAccessReview",
          spec: { resourceAttributes },
        },
      );
      expect([status, body.spec, body.status?.allowed]).toEqual([201, { resourceAttributes }, true]);
    });

    it("lists what the user may do in a namespace, and whether that is all", async () => {
      const spec = { namespace };
      const { status, body } = await caller().request("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectRulesReview",
        spec,
      });
      expect([status, body.kind, body.spec]).toEqual([201, "SelfSubjectRulesReview", {}]);
      expect(body.status).toMatchObject({
        resourceRules: expect.arrayContaining([{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }]),
        nonResourceRules: expect.arrayContaining([{ verbs: ["*"], nonResourceURLs: ["*"] }]),
        incomplete: false,
      });
    });

    it("does not list what the user may do nowhere", async () => {
      const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: {} };
      expect(
        refusal(await caller().request("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body)),
      ).toEqual({ status: 400, reason: "BadRequest", message: "no namespace on request" });
    });

    it("tells the user who they are", async () => {
      const { status, body } = await caller().request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "SelfSubjectReview",
      });
      expect([status, body.kind, body.status]).toMatchObject([
        201,
        "SelfSubjectReview",
        { userInfo: { username: expect.any(String), groups: expect.arrayContaining(["system:authenticated"]) } },
      ]);
    });

    const dryRun = async (pod: { annotations?: Record<string, string>; spec?: object; label?: string }) => {
      const labels = { "azure.workload.identity/use": pod.label ?? "true" };
      const metadata = { name: "probe", labels, ...(pod.annotations ? { annotations: pod.annotations } : {}) };
      const spec = { serviceAccountName: "app", containers: [{ name: "app", image: "shop/app:1" }], ...pod.spec };
      const body = { apiVersion: "v1", kind: "Pod", metadata, spec };
      return caller().request("POST", `${path}/pods?dryRun=All`, body);
    };
    const hash = createHash("sha256").update("probe").digest("hex");
    const volume = `azure-workload-identity-reserved-${hash}`.slice(0, 63);

    it("mutates labelled pods in a dry run", async () => {
      const { spec } = (await dryRun({})).body as unknown as {
        spec: { containers: { env: object[]; volumeMounts: object[] }[]; volumes: object[] };
      };
      expect(spec.containers[0]?.env).toEqual([
        { name: "AZURE_CLIENT_ID", value: "client" },
        { name: "AZURE_TENANT_ID", value: expect.any(String) },
        { name: "AZURE_FEDERATED_TOKEN_FILE", value: "/var/run/secrets/azure/wi/token/azure-identity-token" },
        { name: "AZURE_AUTHORITY_HOST", value: "https://login.microsoftonline.com/" },
      ]);
      expect(spec.containers[0]?.volumeMounts[1]).toEqual({
        name: volume,
        readOnly: true,
        mountPath: "/var/run/secrets/azure/wi",
      });
      const token = {
        audience: "api://AzureADTokenExchange",
        expirationSeconds: 3600,
        path: "token/azure-identity-token",
      };
      expect(spec.volumes[1]).toEqual({
        name: volume,
        projected: { sources: [{ serviceAccountToken: token }], defaultMode: 420 },
      });
    });

    it.each([["true"], ["True"]])("gives pods that ask with %s the token of an identity binding", async value => {
      const annotations = { "azure.workload.identity/use-identity-binding": value };
      const { spec } = (await dryRun({ annotations })).body as unknown as {
        spec: { containers: { env: { name: string; value: string }[] }[]; volumes: object[] };
      };
      expect(spec.containers[0]?.env.slice(4)).toEqual([
        { name: "AZURE_KUBERNETES_TOKEN_PROXY", value: "https://kubernetes.default.svc" },
        { name: "AZURE_KUBERNETES_CA_FILE", value: "/var/run/secrets/azure/wi/ca-cert/ca.crt" },
      ]);
      const token = {
        audience: "api://AKSIdentityBinding",
        expirationSeconds: 3600,
        path: "token/azure-identity-token",
      };
      const configMap = {
        name: "kube-root-ca.crt",
        items: [{ key: "ca.crt", path: "ca-cert/ca.crt" }],
        optional: false,
      };
      expect(spec.volumes[1]).toEqual({
        name: volume,
        projected: { sources: [{ serviceAccountToken: token }, { configMap }], defaultMode: 420 },
      });
    });

    it("gives pods that ask with anything else the token for Entra itself", async () => {
      const { body } = await dryRun({ annotations: { "azure.workload.identity/use-identity-binding": "yes" } });
      expect(JSON.stringify(body.spec)).not.toContain("AKSIdentityBinding");
    });

    it("leaves pods alone whose label is not exactly true", async () => {
      const { body } = await dryRun({ label: "True" });
      expect((body.spec as unknown as { containers: { env?: object[] }[] }).containers[0]?.env).toBeUndefined();
    });

    it("adds the proxy whatever the annotation's value: a native sidecar first, the init container last", async () => {
      const { body } = await dryRun({
        annotations: { "azure.workload.identity/inject-proxy-sidecar": "false" },
        spec: { initContainers: [{ name: "init", image: "shop/init:1" }] },
      });
      const spec = body.spec as unknown as { initContainers: { name: string; restartPolicy?: string }[] };
      expect(spec.initContainers.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
        ["azwi-proxy", "Always"],
        ["init", undefined],
        ["azwi-proxy-init", undefined],
      ]);
    });

    it.each([
      [
        { "azure.workload.identity/inject-proxy-sidecar": "true" },
        { hostNetwork: true },
        "hostNetwork is set to true, cannot inject proxy sidecar",
      ],
      [
        { "azure.workload.identity/inject-proxy-sidecar": "true", "azure.workload.identity/proxy-sidecar-port": "x" },
        {},
        'failed to parse proxy sidecar port: strconv.ParseInt: parsing "x": invalid syntax',
      ],
      [
        { "azure.workload.identity/service-account-token-expiration": "60" },
        {},
        "token expiration 60 not valid. Expected value to be between 3600 and 86400",
      ],
    ])("passes on the webhook's refusal: %o %o", async (annotations, spec, words) => {
      expect((await dryRun({ annotations, spec })).body).toEqual({
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: `admission webhook "mutation.azure-workload-identity.io" denied the request: ${words}`,
        code: 400,
      });
    });

    it("refuses pods whose service account is missing before any webhook sees them", async () => {
      expect(refusal(await dryRun({ spec: { serviceAccountName: "none" } }))).toEqual({
        status: 403,
        reason: "Forbidden",
        message: `pods "probe" is forbidden: error looking up service account ${namespace}/none: serviceaccount "none" not found`,
      });
    });
  });
}
