package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may do what. */
@Tag("phase-5")
final class AclTest extends WithServer {
  private static final String NO_KEY =
      "-NOPERM this user has no permissions to access one of the keys used as arguments";
  private static final String NO_CHANNEL =
      "-NOPERM this user has no permissions to access one of the channels used as arguments";

  @Override
  protected String[] settings() {
    return new String[] {"aclfile " + folder.resolve("users.acl")};
  }

  @org.junit.jupiter.api.BeforeEach
  @Override
  void begin() throws Exception {
    Files.writeString(folder.resolve("users.acl"), "user default on nopass ~* &* +@all\n");
    super.begin();
  }

  private static String noCommand(String name) {
    return "-NOPERM this user has no permissions to run the '" + name + "' command";
  }

  /** Makes a user of these rules, and logs the first connection in as it. */
  private void as(String rules) throws Exception {
    assertThat(say(b, "ACL SETUSER u reset on >pw " + rules)).isEqualTo("OK");
    assertThat(say(a, "AUTH u pw")).isEqualTo("OK");
  }

  // ---- logging in

  @Test
  void aPasswordLogsIn() throws Exception {
    assertThat(say(b, "ACL SETUSER u on >one >two +@all ~*")).isEqualTo("OK");
    assertThat(say(a, "AUTH u one")).isEqualTo("OK");
    assertThat(say(a, "ACL WHOAMI")).isEqualTo("u");
    assertThat(say(a, "AUTH u two")).isEqualTo("OK");
    String wrong = "-WRONGPASS invalid username-password pair or user is disabled.";
    assertThat(say(a, "AUTH u three")).isEqualTo(wrong);
    assertThat(say(a, "AUTH nobody one")).isEqualTo(wrong);
    say(b, "ACL SETUSER u <one");
    assertThat(say(a, "AUTH u one")).as("a password that was taken away").isEqualTo(wrong);
    say(b, "ACL SETUSER u off");
    assertThat(say(a, "AUTH u two")).as("of a user who is off").isEqualTo(wrong);
    assertThat(say(b, "ACL SETUSER u <none")).startsWith("-ERR Error in ACL SETUSER modifier");
  }

  @Test
  void withoutLoginLittleIsAllowed() throws Exception {
    say(b, "ACL SETUSER default resetpass >pw");
    try (Wire fresh = server.connect()) {
      assertThat(say(fresh, "GET k")).isEqualTo("-NOAUTH Authentication required.");
      assertThat(say(fresh, "HELLO 3")).startsWith("-NOAUTH HELLO must be called");
      assertThat(say(fresh, "AUTH pw")).isEqualTo("OK");
      assertThat(say(fresh, "GET k")).isEqualTo("nil");
    }
  }

  @Test
  void aUserWhoIsDeletedIsDisconnected() throws Exception {
    as("+@all ~*");
    assertThat(say(b, "ACL DELUSER u nobody")).isEqualTo("1");
    assertThat(a.ends()).isTrue();
    assertThat(say(b, "ACL DELUSER default"))
        .startsWith("-ERR The 'default' user cannot be removed");
  }

  // ---- commands

  @Test
  void theLastRuleWins() throws Exception {
    as("~* +@all -@write +set -get");
    assertThat(say(a, "SET k v")).isEqualTo("OK");
    assertThat(say(a, "GET k")).isEqualTo(noCommand("get"));
    assertThat(say(a, "DEL k"))
        .as("a command of a category taken away")
        .isEqualTo(noCommand("del"));
    as("~* -@all +del -del");
    assertThat(say(a, "DEL k")).as("allowed and then forbidden").isEqualTo(noCommand("del"));
  }

  @Test
  void subcommandsAreCommands() throws Exception {
    as("+config|get +@connection");
    assertThat(say(a, "CONFIG GET maxmemory")).isEqualTo("[maxmemory, 0]");
    assertThat(say(a, "CONFIG SET maxmemory 0")).isEqualTo(noCommand("config|set"));
    as("+config -config|set");
    assertThat(say(a, "CONFIG GET maxmemory")).isEqualTo("[maxmemory, 0]");
    assertThat(say(a, "CONFIG SET maxmemory 0"))
        .as("a subcommand taken from an allowed command")
        .isEqualTo(noCommand("config|set"));
  }

  @Test
  void aFirstArgumentCanBeAllowed() throws Exception {
    as("+select|1");
    assertThat(say(a, "SELECT 1")).isEqualTo("OK");
    assertThat(say(a, "SELECT 2")).isEqualTo(noCommand("select"));
    assertThat(say(b, "ACL SETUSER u +select +select|2")).contains("already allowed");
  }

  @Test
  void aTransactionIsCheckedWhenItIsQueuedAndWhenItRuns() throws Exception {
    as("~* +@all -del");
    say(a, "MULTI");
    assertThat(say(a, "DEL k")).isEqualTo(noCommand("del"));
    assertThat(say(a, "EXEC")).startsWith("-EXECABORT");
    say(a, "MULTI");
    say(a, "SET k v");
    say(b, "ACL SETUSER u -set");
    assertThat(say(a, "EXEC"))
        .as("a right that was taken between QUEUED and EXEC")
        .startsWith("[-NOPERM");
    assertThat(say(b, "EXISTS k")).isEqualTo("0");
  }

  // ---- keys and channels

  @Test
  void keysMatchPatterns() throws Exception {
    as("+@all ~app:* ~shared");
    assertThat(say(a, "SET app:1 v")).isEqualTo("OK");
    assertThat(say(a, "SET shared v")).isEqualTo("OK");
    assertThat(say(a, "SET other v")).isEqualTo(NO_KEY);
    assertThat(say(a, "MSET app:1 v other v"))
        .as("two keys, one of them foreign")
        .isEqualTo(NO_KEY);
    assertThat(say(a, "MGET app:1 app:2")).isEqualTo("[v, nil]");
  }

  @Test
  void readingAndWritingAreDifferentRights() throws Exception {
    as("+@all %R~read:* %W~write:*");
    assertThat(say(a, "GET read:1")).isEqualTo("nil");
    assertThat(say(a, "SET read:1 v")).as("a write of what may be read").isEqualTo(NO_KEY);
    assertThat(say(a, "SET write:1 v")).isEqualTo("OK");
    assertThat(say(a, "GET write:1")).as("a read of what may be written").isEqualTo(NO_KEY);
    assertThat(say(a, "COPY read:1 write:2")).isEqualTo("0");
    assertThat(say(a, "COPY write:1 read:2")).isEqualTo(NO_KEY);
    assertThat(say(a, "SET write:1 v GET"))
        .as("a write that shows what was there")
        .isEqualTo(NO_KEY);
    assertThat(say(a, "APPEND write:1 v")).isEqualTo("2");
  }

  @Test
  void theKeysThatMoveAreThoseBehindKeys() throws Exception {
    assertThat(say(b, "ACL SETUSER u on nopass +@all ~app:*")).isEqualTo("OK");
    String asked = "ACL DRYRUN u MIGRATE host 1 ";
    assertThat(say(b, asked + "app:1 0 500")).isEqualTo("OK");
    assertThat(say(b, asked + "other 0 500")).contains("has no permissions");
    String[] moved = (asked + "# 0 500 AUTH KEYS KEYS app:1 app:2").split(" ");
    moved[6] = "";
    assertThat(ask(b, moved)).isEqualTo("OK");
    moved[moved.length - 1] = "other";
    assertThat(ask(b, moved)).contains("'other' key");
  }

  @Test
  void whoSortsByOtherKeysMustBeAllowedToReadAllOfThem() throws Exception {
    say(b, "RPUSH list 2 1");
    say(b, "MSET weight:1 9 weight:2 3");
    String refused = "-ERR BY option of SORT denied due to insufficient ACL permissions.";
    as("+sort ~list ~weight:*");
    assertThat(say(a, "SORT list BY weight:*")).as("those keys alone").isEqualTo(refused);
    as("+sort ~list %W~*");
    assertThat(say(a, "SORT list BY weight:*")).as("all, for writing").isEqualTo(refused);
    as("+sort ~list %R~*");
    assertThat(say(a, "SORT list BY weight:*")).isEqualTo("[2, 1]");
  }

  @Test
  void channelsMatchPatterns() throws Exception {
    as("+@all ~* resetchannels &news.*");
    assertThat(say(a, "PUBLISH news.art x")).isEqualTo("0");
    assertThat(say(a, "PUBLISH other x")).isEqualTo(NO_CHANNEL);
    assertThat(say(a, "PSUBSCRIBE news.a*"))
        .as("a pattern that is not literally one of the user's")
        .isEqualTo(NO_CHANNEL);
    assertThat(say(a, "PSUBSCRIBE news.*")).contains("psubscribe");
  }

  // ---- selectors

  @Test
  void aSelectorAllowsByItself() throws Exception {
    as("+get ~own:* (+set ~other:*)");
    assertThat(say(a, "GET own:1")).isEqualTo("nil");
    assertThat(say(a, "SET other:1 v")).isEqualTo("OK");
    assertThat(say(a, "SET own:1 v"))
        .as("the command of one selector on the key of another")
        .isEqualTo(NO_KEY);
    assertThat(say(a, "GET other:1")).isEqualTo(NO_KEY);
    assertThat(say(b, "ACL GETUSER u"))
        .contains("selectors, [[commands, -@all +set, keys, ~other:*");
    say(b, "ACL SETUSER u clearselectors");
    assertThat(say(a, "SET other:1 v")).isEqualTo(noCommand("set"));
  }

  @Test
  void allOfACommandsKeysMustBeInOneSelector() throws Exception {
    as("+mget ~a* (+mget ~b*)");
    assertThat(say(a, "MGET a1 a2")).isEqualTo("[nil, nil]");
    assertThat(say(a, "MGET b1")).isEqualTo("[nil]");
    assertThat(say(a, "MGET a1 b1"))
        .as("two keys, each in a selector of its own")
        .isEqualTo(NO_KEY);
  }

  // ---- asking

  @Test
  void rightsAreShownAsRules() throws Exception {
    say(b, "ACL SETUSER u on >pw ~a* %R~b* &c +@read -get");
    assertThat(say(b, "ACL LIST"))
        .contains(
            "user u on #30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4 ~a* %R~b*"
                + " resetchannels &c -@all +@read -get");
    assertThat(say(b, "ACL GETUSER u"))
        .startsWith("[flags, [on], passwords, [30c952")
        .contains("~a*");
    assertThat(say(b, "ACL GETUSER nobody")).isEqualTo("nil");
    assertThat(say(b, "ACL USERS")).isEqualTo("[default, u]");
  }

  @Test
  void aDryRunSaysWhatWouldBe() throws Exception {
    say(b, "ACL SETUSER u on +get ~a*");
    assertThat(say(b, "ACL DRYRUN u GET a1")).isEqualTo("OK");
    assertThat(say(b, "ACL DRYRUN u GET b1"))
        .isEqualTo("This user has no permissions to access the 'b1' key");
    assertThat(say(b, "ACL DRYRUN u SET a1 v"))
        .isEqualTo("This user has no permissions to run the 'set' command");
  }

  @Test
  void refusalsAreLogged() throws Exception {
    as("+@all -del ~a*");
    say(a, "DEL a1");
    say(a, "DEL a1");
    say(a, "GET b1");
    say(a, "AUTH u wrong");
    String log = say(b, "ACL LOG").replaceAll("age-seconds, [^\\]]*", "");
    assertThat(log)
        .as("the newest first: a login, a key, and twice a command")
        .containsSubsequence(
            "reason, auth", "reason, key", "object, b1", "count, 2", "object, del");
    assertThat(say(b, "ACL LOG RESET")).isEqualTo("OK");
    assertThat(say(b, "ACL LOG")).isEqualTo("[]");
  }

  @Test
  void categoriesHaveCommands() throws Exception {
    assertThat(say(b, "ACL CAT")).contains("keyspace", "dangerous", "scripting");
    assertThat(say(b, "ACL CAT hyperloglog")).contains("pfadd").doesNotContain("get");
    assertThat(say(b, "ACL GENPASS")).hasSize(64);
    assertThat(say(b, "ACL GENPASS 5")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "+nosuch | Unknown command or category name in ACL",
        "+@nosuch | Unknown command or category name in ACL",
        "allkeys ~a | Adding a pattern after the * pattern",
        "allchannels &a | Adding a pattern after the * pattern",
        "%X~a | Syntax error",
        "%RW | Syntax error",
        "word | Syntax error",
        "#abc | The password hash must be exactly 64 characters",
      })
  void aRuleThatMakesNoSenseIsRefusedAndChangesNothing(String rules, String why) throws Exception {
    assertThat(say(b, "ACL SETUSER u on +get " + rules))
        .startsWith("-ERR Error in ACL SETUSER modifier")
        .contains(why);
    assertThat(say(b, "ACL USERS")).as("users after a refused rule").isEqualTo("[default]");
  }

  // ---- the file

  @Test
  void usersAreSavedAndLoaded() throws Exception {
    Path file = folder.resolve("users.acl");
    say(b, "ACL SETUSER u on nopass +get ~a* (+set ~b*)");
    assertThat(say(b, "ACL SAVE")).isEqualTo("OK");
    assertThat(Files.readString(file))
        .contains("user u on nopass ~a* resetchannels -@all +get (~b* resetchannels -@all +set)");
    say(b, "ACL DELUSER u");
    assertThat(say(b, "ACL LOAD")).isEqualTo("OK");
    assertThat(say(b, "ACL USERS")).isEqualTo("[default, u]");
    Files.writeString(file, "user v on nopass +nosuch\n");
    assertThat(say(b, "ACL LOAD")).startsWith("-ERR").contains("users.acl:1");
    assertThat(say(b, "ACL USERS"))
        .as("users after a file that is wrong")
        .isEqualTo("[default, u]");
  }
}
