import { describe, expect, test } from "vitest";
import { AzureError, errorOfResponse } from "../../src/azure/azureError.ts";
import { redact } from "../../src/azure/redact.ts";

const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL3gifQ.c2lnbmF0dXJlc2lnbmF0dXJl";
const secret = "hunter2~secret";

describe("of foreign words nothing secret is shown", () => {
  test.each([
    ["a token", `assertion '${token}' is bad`, "assertion '***' is bad"],
    ["a token in a form", `client_assertion%3D${token}&x=1`, "client_assertion%3D***&x=1"],
    ["a token behind a word", `x_${token}`, "x_***"],
    ["a token in lines", `${token.replaceAll(".", ".\r\n")} end`, "*** end"],
    ["a token in a header", `Authorization: Bearer\n${token}`, "Authorization: Bearer ***"],
    ["a field of JSON", `{"client_secret": "${secret} 2"}`, '{"client_secret": ***"}'],
    ["a field of JSON in JSON", `{\\"client_secret\\":\\"${secret}\\"}`, '{\\"client_secret\\":***\\"}'],
    ["a field of a form", `client_secret=${secret}&a=b`, "client_secret=***&a=b"],
    ["a variable", `AZURE_CLIENT_SECRET=${secret} is set`, "AZURE_CLIENT_SECRET=*** is set"],
    ["an opaque token", '{"id_token":"abc.def"}', '{"id_token":***"}'],
  ])("%s", (_, words, shown) => {
    expect(redact(words)).toBe(shown);
  });

  test.each(["The client secret has expired.", "AADSTS7000216: 'client_assertion' is required", "eyJ is no token"])(
    "what is no secret stays: %s",
    words => expect(redact(words)).toBe(words),
  );

  test("nor in the code of an error, which is short", () => {
    const body = (code: string) => JSON.stringify({ error: { code, message: "no" } });
    const codeOf = (code: string) => {
      const headers = { get: () => undefined } as unknown as Parameters<typeof errorOfResponse>[0]["headers"];
      const response = { status: 400, headers, bodyAsText: body(code) } as Parameters<typeof errorOfResponse>[0];
      const error = errorOfResponse(response, "Reading", () => 0);
      return error instanceof AzureError ? [error.code, error.message] : [];
    };
    expect(codeOf(token)).toEqual(["***", "Reading: 400 ***: no"]);
    expect(codeOf("x".repeat(1_000_000))[1]).toHaveLength("Reading: 400 : no".length + 200);
  });
});
