package systems.net.engine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** A key and a certificate for localhost, made by the JDK's keytool when a test asks for them. */
final class TestKeys {
  private static final String PASSWORD = "changeit";

  /** Made once, when the first test asks. */
  private static final class Once {
    static final Tls TLS;

    static {
      try {
        TLS = Tls.selfSigned();
      } catch (IOException e) {
        throw new ExceptionInInitializerError(e);
      }
    }
  }

  private TestKeys() {}

  /** For both sides: for localhost, trusted by itself only. */
  static Tls tls() {
    return Once.TLS;
  }

  /** Writes {@code server.crt} and {@code server.key} into the folder. */
  static void write(Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve("server.p12");
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.out").toFile())
            .start();
    if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException("keytool: " + Files.readString(folder.resolve("keytool.out")));
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    pem(folder.resolve("server.crt"), "CERTIFICATE", keys.getCertificate("server").getEncoded());
    pem(
        folder.resolve("server.key"),
        "PRIVATE KEY",
        keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
  }

  private static void pem(Path file, String what, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
  }
}
