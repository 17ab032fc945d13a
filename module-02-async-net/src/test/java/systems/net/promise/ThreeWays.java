package systems.net.promise;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;

/**
 * One tiny program, written three times: ask a directory for the names of a group, ask each name's
 * shard for its number one after the other, once more after a pause if that fails, and add them up.
 */
final class ThreeWays {
  static final long PAUSE_NANOS = 5_000_000;

  /** Answers later, or fails later. */
  interface Service {
    Future<String> ask(String question);
  }

  private ThreeWays() {}

  // ---- 1: callbacks. Each wait ends the method; the loop over names is a recursion, and every
  // step must remember to pass the failure on.

  static void callbacks(
      Loop loop, Service service, BiConsumer<@Nullable Integer, @Nullable Throwable> done) {
    call(
        service,
        "group",
        (names, failure) -> {
          if (names == null) {
            done.accept(null, failure);
          } else {
            addUp(loop, service, List.of(names.split(",")), 0, 0, done);
          }
        });
  }

  private static void addUp(
      Loop loop,
      Service service,
      List<String> names,
      int at,
      int sum,
      BiConsumer<@Nullable Integer, @Nullable Throwable> done) {
    if (at == names.size()) {
      done.accept(sum, null);
      return;
    }
    BiConsumer<@Nullable String, @Nullable Throwable> second =
        (number, failure) -> {
          if (number == null) {
            done.accept(null, failure);
          } else {
            addUp(loop, service, names, at + 1, sum + Integer.parseInt(number), done);
          }
        };
    call(
        service,
        names.get(at),
        (number, failure) -> {
          if (number == null) {
            loop.schedule(PAUSE_NANOS, () -> call(service, names.get(at), second));
          } else {
            second.accept(number, null);
          }
        });
  }

  private static void call(
      Service service,
      String question,
      BiConsumer<@Nullable String, @Nullable Throwable> answered) {
    var asked = service.ask(question).whenDone(answered);
    assert asked != null;
  }

  // ---- 2: promises. Failures pass by themselves; the loop is a chain that grows as it is walked.

  static Future<Integer> promises(Loop loop, Service service) {
    return service
        .ask("group")
        .flatMap(names -> {
          Future<Integer> sum = Future.succeeded(loop, 0);
          for (String name : names.split(",")) {
            sum = sum.flatMap(before -> number(loop, service, name).map(n -> before + n));
          }
          return sum;
        });
  }

  private static Future<Integer> number(Loop loop, Service service, String name) {
    return service
        .ask(name)
        .recoverWith(failure -> Future.delay(loop, PAUSE_NANOS).flatMap(now -> service.ask(name)))
        .map(Integer::parseInt);
  }

  // ---- 3: await. As if it blocked: for, try, return.

  static Future<Integer> await(Loop loop, Service service) {
    return Await.run(
        loop,
        () -> {
          int sum = 0;
          for (String name : Await.await(service.ask("group")).split(",")) {
            sum += Integer.parseInt(askTwice(loop, service, name));
          }
          return sum;
        });
  }

  private static String askTwice(Loop loop, Service service, String name) throws Exception {
    try {
      return Await.await(service.ask(name));
    } catch (IOException failure) {
      Await.await(Future.delay(loop, PAUSE_NANOS));
      return Await.await(service.ask(name));
    }
  }

  /** A service on the loop that takes its time, and fails for a question as often as it is told. */
  static final class Flaky implements Service {
    private final Loop loop;
    private final List<String> failing;

    /** All questions, in the order in which they came. */
    final List<String> asked = new ArrayList<>();

    Flaky(Loop loop, List<String> failing) {
      this.loop = loop;
      this.failing = new ArrayList<>(failing);
    }

    @Override
    public Future<String> ask(String question) {
      asked.add(question);
      boolean fails = failing.remove(question);
      return Future.delay(loop, 1_000_000)
          .flatMap(now ->
              fails
                  ? Future.failed(loop, new IOException(question + " is down"))
                  : Future.succeeded(loop, answer(question)));
    }

    private static String answer(String question) {
      return question.equals("group") ? "ann,bob,cyd" : String.valueOf(question.charAt(0) - '`');
    }
  }
}
