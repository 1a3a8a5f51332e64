// What `npm run verify:kill-switch -- --help` says. Text only.

export const USAGE = `npm run verify:kill-switch -- [options]

Starts real nodes on a real store, asks them all the time, revokes all the time, breaks things, and judges every answer. First the mutants: the product
with a defence taken out, each of which has to be found; then the product as it is, on each store.

What is run
  --minutes N          how long the faults go round, over all stores together (default 4; 1.5 begins to mean something, 20 reaches every fault)
  --store NAME         sqlite or redis; both unless told, Redis where there is a server or one can be installed
  --network NAME       proxies, or namespaces: every server and node a host of its own, and real packets that are dropped. Unless told,
                       namespaces where this machine lets us (root, or user namespaces; Linux), else proxies. Told and not possible: an error
  --fault TEXT         only faults whose name contains it
  --mutant TEXT        only mutants whose name contains it
  --only-mutants       no run without a mutant
  --no-mutants         no mutants
  --storm N            nothing else: N revocations within a second at one node, and what the decisions between them took

How hard
  --rate N             checks per second through doors (default 600)
  --store-rate N       reads per second straight at the store (default 600)
  --timely             nothing excuses a late answer (L1, L2): for a machine that does nothing else

Again
  --seed N             the same schedule again (default: the time); the report names it

How long. Mutants take about eight minutes for all of them on two processors (a second for most, a minute for those that need a failover); the faults
what --minutes says, and what a failover that has begun still needs. What is said on the way goes to stderr; the report and one last line of JSON to stdout.

Ends with
  0     nothing unsafe, nothing late, every mutant found, and enough happened to mean something
  1     one of these is not so; the report says which
  2     an option that cannot be read, or a network that was asked for and is not to be had
  130   interrupted; nothing is left behind

Examples
  npm run verify:kill-switch                                                   everything, about twelve minutes
  npm run verify:kill-switch -- --no-mutants --minutes 2 --store redis         two minutes of Redis
  npm run verify:kill-switch -- --no-mutants --fault "isolated old primary" --store redis --seed 101
  npm run verify:kill-switch -- --only-mutants --mutant WAIT --network namespaces
  npm run verify:kill-switch -- --storm 10000
`
