// The certificates of mock clusters: an authority, whose key is not kept, and the certificates that it
// signed: a broker on localhost, 127.0.0.1 and ::1, and a client. They are valid for a hundred years, and
// made together with those of the specs. Their keys are in every copy of this package, so they prove
// nothing: only for tests.

/** A private key and its certificate, as PEM. */
export interface MockCertificate {
  readonly key: string
  /** The certificate, followed by its chain. */
  readonly certificate: string
}

/** The authority that signed the others. */
export const testAuthority = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBjjCCATWgAwIBAgIUOLo90Pc5teiKrUO8phfCZby1SVkwCgYIKoZIzj0EAwIw',
  'FDESMBAGA1UEAwwJYXV0aG9yaXR5MCAXDTI2MTEyODIzNTAzM1oYDzIxMjYxMTA0',
  'MjM1MDMzWjAUMRIwEAYDVQQDDAlhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjO',
  'PQMBBwNCAARUU3acxSPQu/y66l1VPD9IIAi7XE81g9Ur/GyTYy4hIo+lm0PyfRD6',
  'qPjluYMRsXRFW0sWHxBROI8OI2Wsbt1xo2MwYTAdBgNVHQ4EFgQU8XQC1NGgsInS',
  '4XpVb3Mrxft6MgEwHwYDVR0jBBgwFoAU8XQC1NGgsInS4XpVb3Mrxft6MgEwDwYD',
  'VR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDRwAwRAIg',
  'EP7h4GdbrzMjA2SIvtxV42Mma9XdAfaXwQ1VaD3yj7oCICrVrzR+UXXBKpDC5BFo',
  'RTL0M6PhXCDRUfppGwKFH+8b',
  '-----END CERTIFICATE-----',
].join('\n')

/** A broker on this machine. */
export const testServer: MockCertificate = {
  key: [
    '-----BEGIN PRIVATE KEY-----',
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguowZDEZdFZoKR8re',
    'RSuyQN8gicbrFhKZAxficFQFDN2hRANCAAS8iuigLPm+M34eFBJA55/NnOdh49+m',
    'qGYStUISiIM7gpNHIt1yNNAwWCV0j0QDz4LNl1G30wzc48rSpQa1+RH9',
    '-----END PRIVATE KEY-----',
  ].join('\n'),
  certificate: [
    '-----BEGIN CERTIFICATE-----',
    'MIIBpTCCAUqgAwIBAgIUbB3ps46LzQb37jv4lb0NxWZX8vEwCgYIKoZIzj0EAwIw',
    'FDESMBAGA1UEAwwJYXV0aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx',
    'MDAwMDAwWjARMQ8wDQYDVQQDDAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMB',
    'BwNCAAS8iuigLPm+M34eFBJA55/NnOdh49+mqGYStUISiIM7gpNHIt1yNNAwWCV0',
    'j0QDz4LNl1G30wzc48rSpQa1+RH9o3sweTAJBgNVHRMEAjAAMCwGA1UdEQQlMCOC',
    'CWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAdBgNVHQ4EFgQUVxG9',
    'kZLmCqlWaOkAPfVkEI1NEN4wHwYDVR0jBBgwFoAU8XQC1NGgsInS4XpVb3Mrxft6',
    'MgEwCgYIKoZIzj0EAwIDSQAwRgIhAIylrLJ5Vlt7szqoZc1BgtPD/POGMEN2kqH0',
    '7DLLSklaAiEAl6h+Opg9hCpyeU0fAQgP4/Uem8/iW07Aqb70Esz7rs8=',
    '-----END CERTIFICATE-----',
  ].join('\n'),
}

/** A client. */
export const testClient: MockCertificate = {
  key: [
    '-----BEGIN PRIVATE KEY-----',
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgY3rT3DQrURh1+1iZ',
    'g1TTmmM2WzBucSU8YTlrcQPp/z6hRANCAAR7DsOXO4E8ejeVtUIYL+1e7HJkPDse',
    '/m2aZpuISktNJ+7nVWzGEgUwRheXLydK62aS5GEFaQ/BaRIXJm9+Xwo0',
    '-----END PRIVATE KEY-----',
  ].join('\n'),
  certificate: [
    '-----BEGIN CERTIFICATE-----',
    'MIIBijCCAS+gAwIBAgIUKVE6Dx2L0/BBwAinTVELZK5DQH4wCgYIKoZIzj0EAwIw',
    'FDESMBAGA1UEAwwJYXV0aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx',
    'MDAwMDAwWjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMB',
    'BwNCAAR7DsOXO4E8ejeVtUIYL+1e7HJkPDse/m2aZpuISktNJ+7nVWzGEgUwRheX',
    'LydK62aS5GEFaQ/BaRIXJm9+Xwo0o2AwXjAJBgNVHRMEAjAAMBEGA1UdEQQKMAiC',
    'BmNsaWVudDAdBgNVHQ4EFgQUm0PqOBRxkQoEfUlydz2Th3rTRtYwHwYDVR0jBBgw',
    'FoAU8XQC1NGgsInS4XpVb3Mrxft6MgEwCgYIKoZIzj0EAwIDSQAwRgIhANyHPMhb',
    '4KajXlyvjgXl0P1wCdpY1nQMrY4R0b/tDwvqAiEApKl74q1/CNOJjDQFg1mMWvOY',
    '7ZZNlwe9cSA2VkUW37w=',
    '-----END CERTIFICATE-----',
  ].join('\n'),
}
