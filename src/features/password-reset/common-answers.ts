// Answers that many people give or that others try first, as they are spelt (answers.ts, version 1).

const words = `
1234 12345 123456 1234567 12345678 0000 1111 2000 1980 1985 1990 1995 2020 abcd abcdef qwerty qwertz asdf
none nothing nobody nowhere never noidea dontknow idontknow idk unknown secret password answer myanswer test
testing hello default blank null xxxx nope sure yeah yes10 maybe anything something whatever everything
blue black white green yellow pink purple orange brown grey gray silver gold turquoise violet
bella luna lucy daisy molly bailey maggie coco sadie chloe charlie cooper buddy rocky jack bear duke toby
tiger oscar smokey shadow misty simba ginger felix milo oreo angel princess sammy rusty rover lassie rex1
teddy teddybear snoopy mickey mickeymouse barbie bunny rabbit elephant monkey donkey piglet winnie pooh
winniethepooh paddington
pizza pasta spaghetti lasagne lasagna sushi steak burger hamburger chicken curry rice soup eggs omelette
scrambledeggs friedeggs toast pancakes chocolate icecream cheese bread cake chips salad
london paris rome berlin newyork newyorkcity losangeles madrid barcelona lisbon porto dublin edinburgh
manchester birmingham liverpool bristol leeds glasgow chicago toronto sydney melbourne tokyo amsterdam vienna
prague spain france italy germany greece portugal england scotland ireland wales america canada australia
japan home beach mountains school work hospital university office church
doctor teacher nurse pilot astronaut fireman firefighter policeman policeofficer vet veterinarian actor
actress singer dancer footballer footballplayer lawyer engineer scientist racingdriver princess astronomer
mother father mum mummy daddy papa mama sister brother grandma grandpa grandmother grandfather
harrypotter bible thebible lordoftherings thelordoftherings thehobbit hobbit 1984 littleprince
thelittleprince littlewomen prideandprejudice
queen beatles thebeatles coldplay metallica rollingstones therollingstones madonna takethat oasis
michaeljackson elvis elvispresley adele abba spicegirls taylorswift edsheeran robbiewilliams depechemode
bicycle bike moped motorbike playstation nintendo gameboy xbox phone mobile mobilephone computer laptop
guitar skateboard stereo camera
mainstreet highstreet churchstreet churchroad stationroad parkroad parkstreet schoolstreet thehighstreet
ford toyota honda volkswagen vwgolf golf polo fiesta nissan mercedes audi opel vauxhall corsa renault peugeot
football soccer basketball baseball tennis cricket rugby hockey swimming manchesterunited manunited arsenal
chelsea realmadrid bayern bayernmunich
january february march april june july august september october november december monday tuesday wednesday
thursday friday saturday sunday summer winter spring autumn christmas
john james michael robert david william richard thomas joseph daniel matthew anthony mark paul peter mary
patricia jennifer linda elizabeth barbara susan jessica sarah karen maria anna emma sophie laura julia lisa
smith jones brown johnson williams taylor davies wilson evans miller mrsmith mrssmith missjones mrjones
mrbrown mrsbrown mrssmithmaths
`;

export const commonAnswers: ReadonlySet<string> = new Set(words.split(/\s+/).filter(Boolean));
